//! Answers that were missed and may be had later: what was read without them is read again by a run that is continued.

use std::{cell::Cell, future::Future};

tokio::task_local! {
    /// Whether this piece of work missed such an answer.
    static IS_UNSETTLED: Cell<bool>;
}

/// Does a piece of work. True: it missed an answer that may be had later.
pub(super) async fn watch<T>(work: impl Future<Output = T>) -> (T, bool) {
    let work = async {
        let value = work.await;
        (value, IS_UNSETTLED.with(Cell::get))
    };
    IS_UNSETTLED.scope(Cell::new(false), work).await
}

/// Notes that an answer was missed: the server failed in passing, a login expired, or money ran out.
pub(super) fn note() {
    if IS_UNSETTLED.try_with(|is_unsettled| is_unsettled.set(true)).is_err() {
        // Nobody watches: whoever asks finds out again in every run.
    }
}

#[cfg(test)]
mod tests {
    use futures_util::future::join;

    use super::*;
    use crate::provider::aws::scripted::run;

    #[test]
    fn works_side_by_side_are_told_apart() {
        let failing = watch(async {
            tokio::task::yield_now().await;
            note();
            1
        });
        let sound = watch(async {
            tokio::task::yield_now().await;
            2
        });
        assert_eq!(run(join(failing, sound)), ((1, true), (2, false)));
    }
}
