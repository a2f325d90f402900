//! Strongly connected groups of a graph: definitions that need each other.

/// The groups of a graph given as successor lists, each before the groups that lead to it.
///
/// Tarjan's algorithm with its recursion written out, because call chains of a program can be as
/// long as the program.
pub(super) fn strongly_connected(successors: &[Vec<usize>]) -> Vec<Vec<usize>> {
    let mut search = Search {
        successors,
        order: vec![None; successors.len()],
        lowest: vec![0; successors.len()],
        on_stack: vec![false; successors.len()],
        stack: Vec::new(),
        next: 0,
        groups: Vec::new(),
    };
    for node in 0..successors.len() {
        if search.order[node].is_none() {
            search.from(node);
        }
    }
    search.groups
}

struct Search<'g> {
    successors: &'g [Vec<usize>],
    /// When a node was found.
    order: Vec<Option<usize>>,
    /// The earliest node on the stack that a node leads to.
    lowest: Vec<usize>,
    on_stack: Vec<bool>,
    stack: Vec<usize>,
    next: usize,
    groups: Vec<Vec<usize>>,
}

impl Search<'_> {
    fn enter(&mut self, node: usize) {
        self.order[node] = Some(self.next);
        self.lowest[node] = self.next;
        self.next += 1;
        self.stack.push(node);
        self.on_stack[node] = true;
    }

    fn from(&mut self, start: usize) {
        self.enter(start);
        let mut path = vec![(start, 0)];
        while let Some((node, at)) = path.pop() {
            let Some(successor) = self.successors[node].get(at).copied() else {
                self.leave(node, path.last().map(|(parent, _)| *parent));
                continue;
            };
            path.push((node, at + 1));
            match self.order[successor] {
                None => {
                    self.enter(successor);
                    path.push((successor, 0));
                }
                Some(order) if self.on_stack[successor] => {
                    self.lowest[node] = self.lowest[node].min(order);
                }
                Some(_) => {}
            }
        }
    }

    fn leave(&mut self, node: usize, parent: Option<usize>) {
        if let Some(parent) = parent {
            self.lowest[parent] = self.lowest[parent].min(self.lowest[node]);
        }
        if self.order[node] != Some(self.lowest[node]) {
            return;
        }
        let start = self
            .stack
            .iter()
            .rposition(|member| *member == node)
            .unwrap_or_default();
        let group = self.stack.split_off(start);
        group
            .iter()
            .for_each(|member| self.on_stack[*member] = false);
        self.groups.push(group);
    }
}

#[cfg(test)]
mod tests {
    use super::strongly_connected;

    #[track_caller]
    fn check(successors: &[&[usize]], expect: &[&[usize]]) {
        let graph: Vec<Vec<usize>> = successors.iter().map(|list| list.to_vec()).collect();
        let mut groups = strongly_connected(&graph);
        groups.iter_mut().for_each(|group| group.sort_unstable());
        assert_eq!(groups, expect);
    }

    #[test]
    fn groups_come_after_what_they_lead_to() {
        check(&[], &[]);
        check(&[&[1], &[2], &[]], &[&[2], &[1], &[0]]);
        check(&[&[0]], &[&[0]]);
        check(&[&[1], &[0], &[0]], &[&[0, 1], &[2]]);
        check(&[&[1], &[2], &[0, 3], &[4], &[3]], &[&[3, 4], &[0, 1, 2]]);
        check(&[&[1, 2], &[3], &[3], &[]], &[&[3], &[1], &[2], &[0]]);
    }

    #[test]
    fn long_chains_do_not_recurse() {
        let n = 200_000;
        let chain: Vec<Vec<usize>> = (0..n).map(|node| vec![(node + 1) % n]).collect();
        assert_eq!(strongly_connected(&chain).len(), 1);
    }
}
