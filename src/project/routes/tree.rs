//! Objects that carry routes and hang on each other: blueprints on applications, routers in routers,
//! lists of URL patterns in lists.

use std::collections::BTreeMap;

use super::{Candidate, Mount, express::join_paths};
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
#[derive(Clone)]
pub(super) struct Node<K> {
    /// The application itself: what hangs on it is served.
    pub(super) serves: bool,
    /// Stands before all paths of this object.
    pub(super) prefix: Text,
    /// Stands before all prefixes, those of what it hangs on included: Sanic's versions.
    pub(super) first: Text,
    /// Runs before all handlers of this object and of what hangs on it.
    pub(super) guards: Vec<Candidate>,
    mounts: Vec<Mounting<K>>,
}

#[derive(Clone)]
struct Mounting<K> {
    parent: K,
    prefix: Text,
    /// Does the prefix stand in place of the object's own, or before it?
    replaces: bool,
    guards: Vec<Candidate>,
    /// Why it may only hang there, if that is decided when the program runs.
    supposed: Option<String>,
}

/// How an object may hang on another.
pub(super) struct Supposed<'s> {
    pub(super) prefix: Text,
    pub(super) replaces: bool,
    pub(super) guards: &'s [Candidate],
    pub(super) why: &'s str,
}

/// One way from an application down to an object.
#[derive(Clone)]
pub(super) struct Way<K> {
    pub(super) path: Text,
    /// What stands before it.
    first: Text,
    /// Outermost first.
    pub(super) chain: Vec<Candidate>,
    served: bool,
    /// Why it may only lead there.
    supposed: Option<String>,
    /// The topmost object.
    pub(super) top: K,
}

impl<K> Way<K> {
    /// The same for something that may only be registered there.
    pub(super) fn supposed(self, why: String) -> Self {
        Self { supposed: Some(why), ..self }
    }

    pub(super) fn mount(&self) -> Mount {
        match &self.supposed {
            Some(why) => Mount::Dynamic(why.clone()),
            None if self.served => Mount::Resolved,
            None => Mount::Partial,
        }
    }
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
            first: Text::default(),
            guards: Vec::new(),
            mounts: Vec::new(),
        })
    }

    /// Hangs `child` on `parent`, below `prefix` and its own prefix.
    pub(super) fn hang(&mut self, child: K, parent: K, prefix: Text, guards: Vec<Candidate>) {
        self.mount(child, Mounting { parent, prefix, replaces: false, guards, supposed: None });
    }

    /// Hangs `child` on `parent`, below `prefix` in place of its own.
    pub(super) fn hang_instead(&mut self, child: K, parent: K, prefix: Text) {
        let guards = Vec::new();
        self.mount(child, Mounting { parent, prefix, replaces: true, guards, supposed: None });
    }

    /// Hangs `child` where it may hang once the program runs.
    pub(super) fn suppose(&mut self, child: K, parent: K, supposed: &Supposed<'_>) {
        let mounting = Mounting {
            parent,
            prefix: supposed.prefix.clone(),
            replaces: supposed.replaces,
            guards: supposed.guards.to_vec(),
            supposed: Some(supposed.why.to_owned()),
        };
        self.mount(child, mounting);
    }

    /// The objects that hang on nothing, and serve nothing.
    pub(super) fn loose(&self) -> Vec<K> {
        let loose = self.nodes.iter().filter(|(_, node)| !node.serves && node.mounts.is_empty());
        loose.map(|(key, _)| key.clone()).collect()
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

    /// Lets `twin` hang where `key` hangs, with the guards that `keeps` says.
    pub(super) fn copy(&mut self, key: &K, twin: K, keeps: impl Fn(&Candidate) -> bool) {
        let Some(node) = self.nodes.get(key) else { return };
        let mut node = node.clone();
        node.guards.retain(keeps);
        self.nodes.insert(twin, node);
    }

    /// Every way down to an object; one that is not served if it hangs on nothing.
    pub(super) fn ways(&self, key: &K) -> Vec<Way<K>> {
        self.ways_behind(key, &Text::default())
    }

    /// The same, with what stands before all prefixes if it is not empty.
    pub(super) fn ways_behind(&self, key: &K, first: &Text) -> Vec<Way<K>> {
        let whole = |way: Way<K>| {
            let first = if first.is_empty() { &way.first } else { first };
            Way { path: join_paths(first, &way.path), ..way }
        };
        self.climb(key, &mut Vec::new()).into_iter().map(whole).collect()
    }

    fn climb(&self, key: &K, visited: &mut Vec<K>) -> Vec<Way<K>> {
        let Some(node) = self.nodes.get(key) else {
            return vec![Way {
                path: Text::default(),
                first: Text::default(),
                chain: Vec::new(),
                served: false,
                supposed: None,
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
                ways.push(Way {
                    path: join_paths(&above.path, &prefix),
                    first: if node.first.is_empty() { above.first } else { node.first.clone() },
                    chain,
                    served: above.served,
                    supposed: above.supposed.or_else(|| mounting.supposed.clone()),
                    top: above.top,
                });
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
                first: node.first.clone(),
                chain: node.guards.clone(),
                served: node.serves,
                supposed: None,
                top: key.clone(),
            });
        }
        ways
    }
}
