//! Fair shares of a common saving, exact to the cent.

/// Shapley values: what each of `count` players adds on average over all orders in which they could come.
///
/// `value` tells what a set of players (bit i: player i) saves; the empty set saves nothing.
pub(crate) fn shapley(count: usize, value: impl Fn(usize) -> f64) -> Vec<f64> {
    let factorial = |n: usize| (1..=n).map(|k| k as f64).product::<f64>();
    let all = factorial(count);
    (0..count)
        .map(|player| {
            (0..1_usize << count)
                .filter(|set| set & (1 << player) == 0)
                .map(|set| {
                    let before = set.count_ones() as usize;
                    let weight = factorial(before) * factorial(count - before - 1) / all;
                    weight * (value(set | 1 << player) - value(set))
                })
                .sum()
        })
        .collect()
}

/// Splits a whole number of cents in proportion to weights by largest remainder, ties to the earlier one. The parts add
/// up to `total` exactly. Negative weights count as 0; if all are 0 the first part gets everything.
pub(crate) fn split_cents(total: i64, weights: &[f64]) -> Vec<i64> {
    let sum: f64 = weights.iter().map(|weight| weight.max(0.0)).sum();
    if sum <= 0.0 || !sum.is_finite() {
        return (0..weights.len()).map(|index| if index == 0 { total } else { 0 }).collect();
    }
    let quotas: Vec<f64> =
        weights.iter().map(|weight| total as f64 * (weight.max(0.0) / sum)).collect();
    #[expect(clippy::cast_possible_truncation, reason = "a part of an i64")]
    let mut parts: Vec<i64> = quotas.iter().map(|quota| quota.floor() as i64).collect();
    let mut order: Vec<usize> = (0..weights.len()).collect();
    let remainder = |index: &usize| quotas.get(*index).map_or(0.0, |quota| quota - quota.floor());
    order.sort_by(|a, b| remainder(b).total_cmp(&remainder(a)).then(a.cmp(b)));
    let mut missing = total - parts.iter().sum::<i64>();
    for index in order.into_iter().cycle() {
        if missing == 0 {
            break;
        }
        if let Some(part) = parts.get_mut(index) {
            *part += missing.signum();
            missing -= missing.signum();
        }
    }
    parts
}

/// [`split_cents`] with whole weights whose sum is at least `total`: no part exceeds its weight.
pub(crate) fn split_cents_within(total: i64, weights: &[i64]) -> Vec<i64> {
    let sum: i128 = weights.iter().map(|&weight| i128::from(weight)).sum();
    if sum <= 0 {
        return split_cents(total, &vec![0.0; weights.len()]);
    }
    let scaled = |weight: &i64| i128::from(total) * i128::from(*weight);
    let mut parts: Vec<i64> = weights
        .iter()
        .map(|weight| i64::try_from(scaled(weight).div_euclid(sum)).unwrap_or_default())
        .collect();
    let mut order: Vec<(i128, usize)> = weights
        .iter()
        .enumerate()
        .map(|(index, weight)| (-scaled(weight).rem_euclid(sum), index))
        .collect();
    order.sort_unstable();
    let missing = usize::try_from(total - parts.iter().sum::<i64>()).unwrap_or_default();
    for (_, index) in order.into_iter().take(missing) {
        if let Some(part) = parts.get_mut(index) {
            *part += 1;
        }
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_actions_share_what_they_save_together() {
        // Alone 60 and 50, together 80: half of (60 + 80 − 50) and half of (50 + 80 − 60).
        let value = |set: usize| [0.0, 60.0, 50.0, 80.0][set];
        assert_eq!(shapley(2, value), [45.0, 35.0]);
    }

    #[test]
    fn three_actions_share_all_of_it() {
        // A glove game: player 0 has a left glove, 1 and 2 a right one each; a pair is worth 6.
        let value = |set: usize| if set & 1 == 1 && set > 1 { 6.0 } else { 0.0 };
        assert_eq!(shapley(3, value).map_each_round(), [4, 1, 1]);
    }

    trait Rounded {
        fn map_each_round(self) -> Vec<i64>;
    }

    impl Rounded for Vec<f64> {
        fn map_each_round(self) -> Vec<i64> {
            #[expect(clippy::cast_possible_truncation, reason = "small")]
            self.into_iter().map(|value| value.round() as i64).collect()
        }
    }

    #[test]
    fn thirds_of_a_dollar_add_up_to_a_dollar() {
        assert_eq!(split_cents(100, &[1.0, 1.0, 1.0]), [34, 33, 33]);
        assert_eq!(split_cents(5, &[0.0, 0.0]), [5, 0]);
        assert_eq!(split_cents(3, &[1.0, -2.0]), [3, 0]);
    }

    #[test]
    fn no_part_exceeds_its_weight() {
        assert_eq!(split_cents_within(9, &[5, 5]), [5, 4]);
        assert_eq!(split_cents_within(7, &[1, 2, 5]), [1, 2, 4]);
    }
}
