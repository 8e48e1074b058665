//! How far a collection is, for people who watch it in a terminal.

use std::time::Duration;

use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};

/// How often a terminal is redrawn.
const REDRAWS_PER_SECOND: u8 = 8;

/// Shows lines of progress on standard error, or nothing at all.
#[derive(Debug, Clone)]
pub struct Progress {
    bars: MultiProgress,
}

/// One line of progress. It vanishes when it is dropped.
#[derive(Debug)]
pub struct Task {
    bar: ProgressBar,
}

impl Progress {
    /// Progress that is shown if standard error is a terminal.
    pub fn new(is_terminal: bool) -> Self {
        let target = if is_terminal {
            ProgressDrawTarget::stderr_with_hz(REDRAWS_PER_SECOND)
        } else {
            ProgressDrawTarget::hidden()
        };
        Self { bars: MultiProgress::with_draw_target(target) }
    }

    /// Progress that nobody sees.
    pub fn hidden() -> Self {
        Self::new(false)
    }

    /// Begins a line: what is read, and of how many pieces it consists.
    pub fn task(&self, what: &str, piece_count: u64) -> Task {
        let bar = self.bars.add(ProgressBar::new(piece_count));
        // A template that is constant and wrong would show the plain default.
        if let Ok(style) = ProgressStyle::with_template("{spinner} {msg} {pos}/{len}") {
            bar.set_style(style);
        }
        bar.set_message(crate::text::clean(what).into_owned());
        bar.enable_steady_tick(Duration::from_millis(200));
        Task { bar }
    }
}

impl Task {
    /// One piece more is done.
    pub fn advance(&self) {
        self.bar.inc(1);
    }

    /// There are more pieces than were known.
    pub fn extend(&self, piece_count: u64) {
        self.bar.inc_length(piece_count);
    }
}

impl Drop for Task {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}
