//! Answers in XML that end before their document does. The SDK reads such an answer as far as it goes and takes it for the
//! whole: half of the machines would be all of them.

/// Whether a body is a document of XML without its end. Bodies in other formats are not looked at.
pub(super) fn is_missing(body: &[u8]) -> bool {
    let body = body.trim_ascii();
    if !body.starts_with(b"<") {
        return false;
    }
    let Some(root) = root(body) else { return true };
    let name_end = root.iter().position(|byte| byte.is_ascii_whitespace() || b"/>".contains(byte));
    let name = name_end.and_then(|end| root.get(..end)).unwrap_or(root);
    let end = [b"</".as_slice(), name, b">"].concat();
    let is_empty_element = root.ends_with(b"/>") && !root.contains(&b'<');
    !(body.ends_with(&end) || is_empty_element)
}

/// The document from the name of its first element on. `None`: there is no element.
fn root(mut body: &[u8]) -> Option<&[u8]> {
    loop {
        let after = body.strip_prefix(b"<")?;
        if !matches!(after.first()?, b'?' | b'!') {
            return Some(after);
        }
        let end = after.iter().position(|byte| *byte == b'>')?;
        body = after.get(end + 1..)?.trim_ascii_start();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const WHOLE: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<ListResponse xmlns=\"http://ec2.example/doc/\">\
                         <set><item><id>i-a</id></item><item><id>i-b</id></item></set></ListResponse>\n";

    #[test]
    fn a_document_that_is_cut_anywhere_misses_its_end() {
        assert!(!is_missing(WHOLE.as_bytes()));
        let whole = WHOLE.trim_end();
        for length in 1..whole.len() {
            assert!(is_missing(&whole.as_bytes()[..length]), "{}", &whole[..length]);
        }
    }

    #[test]
    fn an_empty_element_is_a_whole_document() {
        assert!(!is_missing(b"<ListResponse/>"));
        assert!(!is_missing(
            b"<?xml version=\"1.0\"?><ListResponse xmlns=\"http://ec2.example/\" />"
        ));
        assert!(is_missing(b"<ListResponse><set/>"));
    }

    #[test]
    fn other_formats_are_not_looked_at() {
        for body in ["", "{\"a\": [1", "\u{bf}", "id,name\n1"] {
            assert!(!is_missing(body.as_bytes()), "{body}");
        }
    }
}
