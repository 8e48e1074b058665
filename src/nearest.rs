//! "Did you mean …?": the known name that differs least from the one written.

/// The most similar of `known`, if at most a third of the letters differ. Ties go to the first.
pub fn nearest<'a>(name: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let limit = (name.chars().count() / 3).max(1);
    known
        .into_iter()
        .map(|candidate| (distance(name, candidate), candidate))
        .filter(|(distance, _)| *distance <= limit)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

/// Fewest letters to insert, remove, replace or swap with their neighbour (optimal string alignment).
fn distance(from: &str, to: &str) -> usize {
    let to: Vec<char> = to.chars().collect();
    let mut before_last: Vec<usize> = Vec::new();
    let mut last: Vec<usize> = (0..=to.len()).collect();
    let mut previous = None;
    for (row, letter) in from.chars().enumerate() {
        let mut current = vec![row + 1];
        let mut left = row + 1;
        for (column, &other) in to.iter().enumerate() {
            let at =
                |line: &[usize], index: usize| line.get(index).copied().unwrap_or(usize::MAX / 2);
            let replaced = at(&last, column) + usize::from(letter != other);
            let mut best = replaced.min(at(&last, column + 1) + 1).min(left + 1);
            if let Some(before) = column.checked_sub(1)
                && previous == Some(other)
                && to.get(before) == Some(&letter)
            {
                best = best.min(at(&before_last, before) + 1);
            }
            current.push(best);
            left = best;
        }
        before_last = std::mem::replace(&mut last, current);
        previous = Some(letter);
    }
    last.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_swapped_digits_are_one_mistake() {
        assert_eq!(distance("gpu_util_p59_ratio", "gpu_util_p95_ratio"), 1);
        assert_eq!(distance("kitten", "sitting"), 3);
        assert_eq!(distance("", "abc"), 3);
    }

    #[test]
    fn the_closest_name_wins_and_strangers_are_not_offered() {
        let known = ["gpu_util_p95_ratio", "gpu_util_mean_ratio", "region"];
        assert_eq!(nearest("gpu_util_p59_ratio", known), Some("gpu_util_p95_ratio"));
        assert_eq!(nearest("regoin", known), Some("region"));
        assert_eq!(nearest("horse", known), None);
    }
}
