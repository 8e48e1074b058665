//! How many whole nodes could be given back if pods were packed.

use std::collections::BTreeMap;

use super::{allocation::Allocation, pair, subject::Subject};
use crate::window::Window;

/// Parts of an accelerator that sizes are compared in: thirds, quarters and sevenths fit whole ones up to rounding down.
const PARTS_PER_GPU: f64 = 1_000_000.0;

/// For each node, the share of its unallocated accelerator-hours that whole nodes could give back.
///
/// Like nodes of a cluster (same region, machine type, accelerators and way of paying) are taken together. In each hour their
/// pods are packed onto as few of them as possible: largest first, each into the node with the least room that holds it.
/// What is left of the others, whole nodes, could be given back; the rest is the price of fragmentation.
pub(super) fn packable_ratios<'a>(
    subjects: &BTreeMap<&'a str, Subject<'a>>,
    allocation: &Allocation<'a>,
    window: Window,
) -> BTreeMap<&'a str, f64> {
    let mut alike: BTreeMap<(&str, &str, String, u64, String), Vec<&'a str>> = BTreeMap::new();
    for (id, hold) in allocation.nodes() {
        let Some(node) = subjects.get(id) else { continue };
        let row = node.row;
        let shape = node.typed_row().instance_type.clone().unwrap_or_default();
        let option = node.purchase_option().unwrap_or_default();
        let seller = pair::seller(node.typed_row());
        let key = (
            row.account_id.as_str(),
            row.region.as_str(),
            format!("{seller}/{shape}"),
            parts(hold.gpu_count),
            option,
        );
        alike.entry(key).or_default().push(id);
    }
    let mut ratios = BTreeMap::new();
    for ((.., node_parts, _), ids) in alike {
        let (mut unheld, mut freed) = (0.0, 0.0);
        let hours = Hours::of(&ids, allocation, window);
        for hour in 0..window.hour_count() {
            let Some((running, free, sizes)) = hours.at(hour) else { continue };
            let emptied = running.saturating_sub(nodes_needed(sizes, node_parts));
            unheld += free;
            freed += (emptied as f64 * node_parts as f64 / PARTS_PER_GPU).min(free);
        }
        if unheld > 0.0 {
            ratios.extend(ids.into_iter().map(|id| (id, freed / unheld)));
        }
    }
    ratios
}

/// Sizes round down, so that four quarters and seven sevenths fit one accelerator.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "accelerators of a node are few and not negative"
)]
fn parts(gpus: f64) -> u64 {
    (gpus * PARTS_PER_GPU + 0.5) as u64
}

/// Nodes, free accelerators and sizes of pods by hour.
struct Hours {
    running: Vec<usize>,
    free: Vec<f64>,
    sizes: Vec<Vec<u64>>,
}

impl Hours {
    fn of(ids: &[&str], allocation: &Allocation<'_>, window: Window) -> Self {
        let count = window.hour_count();
        let mut hours = Self {
            running: vec![0; count],
            free: vec![0.0; count],
            sizes: vec![Vec::new(); count],
        };
        for hold in ids.iter().filter_map(|id| allocation.node(id)) {
            for hour in 0..count {
                let (held, unheld) = (hold.held(hour), hold.unheld(hour));
                if held + unheld > 0.0
                    && let (Some(running), Some(free)) =
                        (hours.running.get_mut(hour), hours.free.get_mut(hour))
                {
                    *running += 1;
                    *free += unheld;
                }
            }
            for pod in hold.pods.iter().filter(|pod| pod.holds_gpus()) {
                for (hour, _) in pod.hours(window) {
                    if let Some(sizes) = hours.sizes.get_mut(hour) {
                        sizes.push(size(pod.gpus));
                    }
                }
            }
        }
        hours
    }

    fn at(&self, hour: usize) -> Option<(usize, f64, &[u64])> {
        let running = *self.running.get(hour)?;
        (running > 0).then_some((running, *self.free.get(hour)?, self.sizes.get(hour)?.as_slice()))
    }
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "accelerators of a pod are few and not negative"
)]
fn size(gpus: f64) -> u64 {
    (gpus * PARTS_PER_GPU + 1e-6) as u64
}

/// Nodes that pods of these sizes need: largest first, each into the node with the least room that holds it.
fn nodes_needed(sizes: &[u64], node: u64) -> usize {
    let mut sorted = sizes.to_vec();
    sorted.sort_unstable_by(|a, b| b.cmp(a));
    let mut rooms: BTreeMap<u64, usize> = BTreeMap::new();
    let mut needed = 0;
    for size in sorted {
        let room = rooms.range(size..).next().map(|(&room, _)| room);
        let left = if let Some(room) = room {
            if let Some(count) = rooms.get_mut(&room) {
                *count -= 1;
                if *count == 0 {
                    rooms.remove(&room);
                }
            }
            room - size
        } else {
            needed += 1;
            node.saturating_sub(size)
        };
        *rooms.entry(left).or_default() += 1;
    }
    needed
}

#[cfg(test)]
mod tests {
    use super::*;

    fn needed(gpus: &[f64], node_gpus: f64) -> usize {
        let sizes: Vec<u64> = gpus.iter().copied().map(size).collect();
        nodes_needed(&sizes, parts(node_gpus))
    }

    #[test]
    fn shares_of_one_accelerator_need_one_node() {
        assert_eq!(needed(&[0.25; 4], 1.0), 1);
        assert_eq!(needed(&[1.0 / 7.0; 7], 1.0), 1);
        assert_eq!(needed(&[0.25; 5], 1.0), 2);
    }

    #[test]
    fn large_pods_leave_room_that_small_ones_fill() {
        assert_eq!(needed(&[4.0, 6.0, 2.0, 4.0], 8.0), 2);
        assert_eq!(needed(&[5.0, 5.0, 5.0], 8.0), 3);
        assert_eq!(needed(&[], 8.0), 0);
    }
}
