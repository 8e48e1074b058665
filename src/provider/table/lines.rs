//! Text with one kind of line end, so that lines can be counted.

use std::io::{self, BufRead, Read};

/// Turns `\r\n` into `\n` and ends the last line.
#[derive(Debug)]
pub(super) struct UnixLines<R> {
    source: R,
    has_return: bool,
    is_ended: bool,
}

impl<R: BufRead> UnixLines<R> {
    pub(super) fn new(source: R) -> Self {
        Self { source, has_return: false, is_ended: false }
    }
}

impl<R: BufRead> Read for UnixLines<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        loop {
            let chunk = self.source.fill_buf()?;
            if chunk.is_empty() {
                let Some(last) = out.first_mut().filter(|_| !self.is_ended) else { return Ok(0) };
                *last = b'\n';
                self.is_ended = true;
                return Ok(1);
            }
            let (mut used, mut written) = (0, 0);
            for byte in chunk {
                // A byte may come out with a carriage return before it.
                let Some([first, second]) = out.get_mut(written..written + 2) else { break };
                used += 1;
                match (self.has_return, *byte) {
                    (false, b'\r') => self.has_return = true,
                    (true, b'\r') => {
                        *first = b'\r';
                        written += 1;
                    }
                    (true, byte) if byte != b'\n' => {
                        (*first, *second) = (b'\r', byte);
                        written += 2;
                        self.has_return = false;
                    }
                    (_, byte) => {
                        *first = byte;
                        written += 1;
                        self.has_return = false;
                    }
                }
            }
            self.source.consume(used);
            if written > 0 || used == 0 {
                return Ok(written);
            }
        }
    }
}

/// Where the first byte that is not UTF-8 is: its line, counted from 1, and its offset, counted from 0.
pub(super) fn first_bad_byte(mut source: impl BufRead) -> io::Result<Option<(u64, u64)>> {
    let mut offset = 0_u64;
    let mut line = Vec::new();
    for number in 1.. {
        line.clear();
        let count = source.read_until(b'\n', &mut line)?;
        if count == 0 {
            break;
        }
        if let Err(error) = std::str::from_utf8(&line) {
            let bad = u64::try_from(error.valid_up_to()).unwrap_or_default();
            return Ok(Some((number, offset + bad)));
        }
        offset += u64::try_from(count).unwrap_or_default();
    }
    Ok(None)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn line_ends_become_one_kind_and_the_last_line_ends() {
        for (text, expected) in
            [("a\r\nb\nc", "a\nb\nc\n"), ("a\rb\r\r\n", "a\rb\r\n\n"), ("é\r\n", "é\n\n")]
        {
            let mut out = String::new();
            let source = io::BufReader::with_capacity(1, text.as_bytes());
            UnixLines::new(source).read_to_string(&mut out).unwrap();
            assert_eq!(out, expected);
        }
    }
}
