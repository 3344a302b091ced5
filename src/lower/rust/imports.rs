//! `use`, `extern crate` and `mod name;`.

use proc_macro2::Ident;
use syn::{ItemExternCrate, ItemMod, ItemUse, UseTree, Visibility};

use crate::facts::{Export, Import, Span, Text};

use super::{Lowering, plain};

impl Lowering {
    pub(super) fn use_item(&mut self, item: &ItemUse) {
        let is_reexport = !matches!(item.vis, Visibility::Inherited);
        self.use_tree(&item.tree, &mut Vec::new(), is_reexport);
    }

    fn use_tree(&mut self, tree: &UseTree, prefix: &mut Vec<Ident>, is_reexport: bool) {
        match tree {
            UseTree::Path(node) => {
                prefix.push(node.ident.clone());
                self.use_tree(&node.tree, prefix, is_reexport);
                prefix.pop();
            }
            UseTree::Group(node) => {
                for item in &node.items {
                    self.use_tree(item, prefix, is_reexport);
                }
            }
            UseTree::Name(node) => {
                self.use_name(prefix, &node.ident, &node.ident, is_reexport);
            }
            UseTree::Rename(node) => {
                self.use_name(prefix, &node.ident, &node.rename, is_reexport);
            }
            UseTree::Glob(node) => {
                let span = self.place(node.star_token.span);
                let module = self.module_of(prefix);
                if is_reexport {
                    self.reexport(Text::const_new("*"), module.clone(), None, span);
                }
                self.facts.imports.push(Import {
                    glob: true,
                    ..import(Text::const_new("*"), module, None, span)
                });
            }
        }
    }

    fn use_name(&mut self, prefix: &[Ident], name: &Ident, local: &Ident, is_reexport: bool) {
        let span = self.place(local.span());
        // `use a::b::{self}` is `use a::b`.
        let is_prefix_itself = name == "self" && !prefix.is_empty();
        let (parents, name) = match prefix.split_last() {
            Some((last, parents)) if is_prefix_itself => (parents, last),
            _ => (prefix, name),
        };
        let local = if local == "self" { plain(name) } else { plain(local) };
        let (module, name) = if parents.is_empty() {
            (plain(name), None)
        } else {
            (self.module_of(parents), Some(plain(name)))
        };
        if is_reexport {
            self.reexport(local.clone(), module.clone(), name.clone(), span);
        }
        self.facts.imports.push(import(local, module, name, span));
    }

    /// `a::b`, seen from the file: inline modules are flattened into it, so leaving one by `super`
    /// stays in the file.
    fn module_of(&self, segments: &[Ident]) -> Text {
        let inside = self.segments_inside_file(segments.iter());
        let mut names: Vec<_> = segments[inside..].iter().map(plain).collect();
        if inside > 0 {
            names.insert(0, Text::const_new("self"));
        }
        Text::from(names.join("::"))
    }

    /// How many leading segments of a path only walk between the inline modules of this file.
    pub(super) fn segments_inside_file<'i>(
        &self,
        segments: impl Iterator<Item = &'i Ident> + Clone,
    ) -> usize {
        let ups = segments.clone().take_while(|segment| *segment == "super").count();
        let ups = ups.min(self.modules.len());
        let own = usize::from(segments.clone().next().is_some_and(|first| first == "self"));
        let inline = segments
            .skip(ups + own)
            .take_while(|segment| self.inline_modules.iter().any(|module| *segment == module))
            .count();
        if ups + inline > 0 { ups + own + inline } else { 0 }
    }

    fn reexport(&mut self, name: Text, from: Text, name_there: Option<Text>, span: Span) {
        self.facts.exports.push(Export { name, value: None, from: Some(from), name_there, span });
    }

    pub(super) fn extern_crate(&mut self, item: &ItemExternCrate) {
        let local = item.rename.as_ref().map_or(&item.ident, |(_, rename)| rename);
        let span = self.place(local.span());
        self.facts.imports.push(import(plain(local), plain(&item.ident), None, span));
    }

    /// `mod name { … }`: its items are those of the file.
    pub(super) fn inline_module(&mut self, item: &ItemMod) {
        let span = self.place(item.ident.span());
        self.facts.imports.push(Import {
            effect_only: true,
            ..import(plain(&item.ident), Text::from("self"), None, span)
        });
    }

    /// `mod name;`: a file of its own.
    pub(super) fn module_declaration(&mut self, item: &ItemMod) {
        let mut path = vec!["self".to_owned()];
        path.extend(self.modules.iter().cloned());
        path.push(plain(&item.ident).to_string());
        let span = self.place(item.ident.span());
        self.facts.imports.push(Import {
            effect_only: true,
            ..import(plain(&item.ident), Text::from(path.join("::")), None, span)
        });
    }
}

fn import(local: Text, module: Text, name: Option<Text>, span: Span) -> Import {
    Import { local, module, name, span, type_only: false, glob: false, effect_only: false }
}
