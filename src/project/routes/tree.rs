//! Objects that carry routes and hang on each other: blueprints on applications, routers in routers,
//! lists of URL patterns in lists.

use std::collections::BTreeMap;

use super::{Candidate, express::join_paths};
use crate::facts::Text;

/// How deep objects may hang on each other: deeper nesting does not occur, and cycles must end.
const DEPTH_MAX: usize = 12;

/// More ways to one object than this are cut: only generated projects have them.
const WAYS_MAX: usize = 24;

/// The objects of one framework, by what identifies them.
pub(super) struct Tree<K> {
    nodes: BTreeMap<K, Node<K>>,
}

/// One object.
pub(super) struct Node<K> {
    /// The application itself: what hangs on it is served.
    pub(super) serves: bool,
    /// Stands before all paths of this object.
    pub(super) prefix: Text,
    /// Runs before all handlers of this object and of what hangs on it.
    pub(super) guards: Vec<Candidate>,
    mounts: Vec<Mounting<K>>,
}

struct Mounting<K> {
    parent: K,
    prefix: Text,
    /// Does the prefix stand in place of the object's own, or before it?
    replaces: bool,
    guards: Vec<Candidate>,
}

/// One way from an application down to an object.
#[derive(Clone)]
pub(super) struct Way<K> {
    pub(super) path: Text,
    /// Outermost first.
    pub(super) chain: Vec<Candidate>,
    pub(super) served: bool,
    /// The topmost object.
    pub(super) top: K,
}

impl<K> Default for Tree<K> {
    fn default() -> Self {
        Self { nodes: BTreeMap::new() }
    }
}

impl<K: Ord + Clone> Tree<K> {
    /// The object with this identity, made if it is new.
    pub(super) fn node(&mut self, key: K) -> &mut Node<K> {
        self.nodes.entry(key).or_insert_with(|| Node {
            serves: false,
            prefix: Text::default(),
            guards: Vec::new(),
            mounts: Vec::new(),
        })
    }

    /// Hangs `child` on `parent`, below `prefix` and its own prefix.
    pub(super) fn hang(&mut self, child: K, parent: K, prefix: Text, guards: Vec<Candidate>) {
        self.mount(child, Mounting { parent, prefix, replaces: false, guards });
    }

    /// Hangs `child` on `parent`, below `prefix` in place of its own.
    pub(super) fn hang_instead(&mut self, child: K, parent: K, prefix: Text) {
        self.mount(child, Mounting { parent, prefix, replaces: true, guards: Vec::new() });
    }

    fn mount(&mut self, child: K, mounting: Mounting<K>) {
        if child != mounting.parent {
            self.node(child).mounts.push(mounting);
        }
    }

    /// The objects that serve.
    pub(super) fn applications(&self) -> Vec<K> {
        let serving = self.nodes.iter().filter(|(_, node)| node.serves);
        serving.map(|(key, _)| key.clone()).collect()
    }

    /// Every way down to an object; one that is not served if it hangs on nothing.
    pub(super) fn ways(&self, key: &K) -> Vec<Way<K>> {
        self.climb(key, &mut Vec::new())
    }

    fn climb(&self, key: &K, visited: &mut Vec<K>) -> Vec<Way<K>> {
        let Some(node) = self.nodes.get(key) else {
            return vec![Way {
                path: Text::default(),
                chain: Vec::new(),
                served: false,
                top: key.clone(),
            }];
        };
        visited.push(key.clone());
        let mut ways = Vec::new();
        for mounting in &node.mounts {
            if visited.contains(&mounting.parent) || visited.len() > DEPTH_MAX {
                continue;
            }
            for above in self.climb(&mounting.parent, visited) {
                let prefix = if mounting.replaces {
                    mounting.prefix.clone()
                } else {
                    join_paths(&mounting.prefix, &node.prefix)
                };
                let mut chain = above.chain;
                chain.extend(mounting.guards.iter().cloned());
                chain.extend(node.guards.iter().cloned());
                let path = join_paths(&above.path, &prefix);
                ways.push(Way { path, chain, served: above.served, top: above.top });
            }
        }
        visited.pop();
        // What is served somewhere is not also listed as if it were not.
        if ways.iter().any(|way| way.served) {
            ways.retain(|way| way.served);
        }
        ways.truncate(WAYS_MAX);
        if ways.is_empty() || node.serves {
            ways.push(Way {
                path: node.prefix.clone(),
                chain: node.guards.clone(),
                served: node.serves,
                top: key.clone(),
            });
        }
        ways
    }
}
