//! Whether the scripts of a notebook instance stop it when nobody works.

use aws_smithy_types::base64;

use crate::provider::aws::sagemaker::wire::Script;

/// Calls that stop an instance, and names of well-known scripts that make them.
const STOPS: [&str; 5] = [
    "stop-notebook-instance",
    "stop_notebook_instance",
    "stopnotebookinstance",
    "autostop",
    "auto-stop",
];

/// What brings other scripts, into which nobody here can look.
const FETCHES: [&str; 6] = ["curl ", "wget ", "s3 cp", "s3 sync", "git clone", "pip install"];

/// Whether it stops by itself. `None`: it runs what cannot be read, or only once, when it was made.
pub(super) fn stops_when_idle(script: &Script) -> Option<bool> {
    let on_start: Option<Vec<String>> = script.on_start.iter().map(|text| decoded(text)).collect();
    let on_create: Option<Vec<String>> =
        script.on_create.iter().map(|text| decoded(text)).collect();
    if on_start.as_ref().is_some_and(|texts| mentions(texts, &STOPS)) {
        return Some(true);
    }
    let (on_start, on_create) = (on_start?, on_create?);
    let is_hidden = mentions(&on_start, &FETCHES) || mentions(&on_create, &STOPS);
    (!is_hidden).then_some(false)
}

/// The commands of a script, without comments, in lower case. `None`: this is no text.
fn decoded(text: &str) -> Option<String> {
    let bytes = base64::decode(text.trim()).ok()?;
    let text = String::from_utf8(bytes).ok()?.to_lowercase();
    let commands = text.lines().filter(|line| !line.trim_start().starts_with('#'));
    Some(commands.collect::<Vec<_>>().join("\n"))
}

fn mentions(texts: &[String], words: &[&str]) -> bool {
    texts.iter().any(|text| words.iter().any(|word| text.contains(word)))
}
