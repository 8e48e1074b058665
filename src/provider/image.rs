//! What the image of a container says of what runs in it.

/// Parts of names of images whose engine takes most of the accelerator's memory when it starts.
const PREALLOCATING: [&str; 12] = [
    "vllm",
    "text-generation-inference",
    "tgi-inference",
    "tritonserver",
    "sglang",
    "tensorrt-llm",
    "lmdeploy",
    "tensorflow",
    "jax",
    "nvcr.io/nim",
    "djl-serving",
    "djl-inference",
];

/// Whether an image is of an engine that takes memory in advance. `None`: no image is known.
pub(super) fn is_preallocating(images: &[String]) -> Option<bool> {
    let is_engine = |image: &String| {
        let image = image.to_lowercase();
        PREALLOCATING.iter().any(|part| image.contains(part))
    };
    (!images.is_empty()).then(|| images.iter().any(is_engine))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_engine_that_takes_memory_in_advance_is_known_by_its_image() {
        assert_eq!(is_preallocating(&["vllm/vllm-openai".to_owned()]), Some(true));
        let of_sagemaker = "example/huggingface-pytorch-tgi-inference:2.4";
        assert_eq!(is_preallocating(&[of_sagemaker.to_owned()]), Some(true));
        assert_eq!(is_preallocating(&["example/embedder".to_owned()]), Some(false));
        assert_eq!(is_preallocating(&[]), None);
    }
}
