//! Which crate may depend on which, proven from `cargo metadata`.
//!
//! Every law is a function from a [`Graph`] to the list of what breaks it. It is tested twice: on
//! this workspace, where the list must be empty, and on a made-up graph, where it must not.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use cargo_metadata::{DependencyKind, Metadata, MetadataCommand, Package};

/// Where a new crate is added: its name and what it may depend on.
const PLACES: &[(&str, Place)] = &[
    ("handover-bench", Place::Top),
    ("handover-cli", Place::Top),
    ("handover-conformance", Place::Conformance),
    ("handover-core", Place::Core),
    ("handover-creatio", Place::Adapter),
    ("handover-email", Place::Adapter),
    ("handover-front", Place::Adapter),
    ("handover-fuzz", Place::Top),
    ("handover-keyword", Place::Adapter),
    ("handover-openai", Place::Adapter),
    ("handover-relay", Place::Relay),
    ("handover-reqwest", Place::Adapter),
    ("handover-sim", Place::Sim),
    ("handover-sms", Place::Adapter),
    ("handover-store", Place::Adapter),
    ("handover-tests", Place::Top),
    ("handover-widget", Place::Adapter),
    ("xtask", Place::Tool),
];

#[derive(Clone, Copy, Debug, PartialEq)]
enum Place {
    /// Joins the relay to one side: on core only.
    Adapter,
    /// Tests implementations of core's traits: on core only, and only tests use it.
    Conformance,
    /// On nothing of ours, and on no runtime or HTTP stack.
    Core,
    /// Runs adapters that are handed to it: on core only.
    Relay,
    /// Plays the other side: on core at most.
    Sim,
    /// Builds the workspace also when it is broken: on nothing of ours.
    Tool,
    /// Composes: on anything.
    Top,
}

/// What core must not pull in, however deep.
const KEPT_OUT_OF_CORE: &[&str] = &["axum", "hyper", "reqwest", "rusqlite", "tokio"];

#[derive(Debug, Default)]
struct Graph {
    members: Vec<Member>,
    /// For each package, members and others, what it needs to run.
    needs: BTreeMap<String, BTreeSet<String>>,
    workspace_forbids_unsafe: bool,
}

#[derive(Debug)]
struct Member {
    name: String,
    published: bool,
    inherits_lints: bool,
    /// Normal and build dependencies as declared, on every platform, optional ones too.
    dependencies: Vec<String>,
}

// The laws.

fn every_member_has_a_place(graph: &Graph) -> Vec<String> {
    let unplaced = graph.members.iter().filter(|member| place(&member.name).is_none());
    unplaced
        .map(|member| format!("{} is new here: add it to PLACES in tests/arrows.rs", member.name))
        .collect()
}

fn adapters_depend_on_core_only(graph: &Graph) -> Vec<String> {
    beyond(graph, Place::Adapter, &[Place::Core])
}

fn conformance_depends_on_core_only(graph: &Graph) -> Vec<String> {
    beyond(graph, Place::Conformance, &[Place::Core])
}

fn core_depends_on_none_of_ours(graph: &Graph) -> Vec<String> {
    beyond(graph, Place::Core, &[])
}

fn relay_depends_on_core_only(graph: &Graph) -> Vec<String> {
    beyond(graph, Place::Relay, &[Place::Core])
}

fn sim_depends_on_core_at_most(graph: &Graph) -> Vec<String> {
    beyond(graph, Place::Sim, &[Place::Core])
}

fn tools_depend_on_none_of_ours(graph: &Graph) -> Vec<String> {
    beyond(graph, Place::Tool, &[])
}

fn conformance_is_only_a_dev_dependency(graph: &Graph) -> Vec<String> {
    arrows(graph)
        .filter(|(_, to)| place(to) == Some(Place::Conformance))
        .map(|(from, to)| format!("{} -> {to}: move it to [dev-dependencies]", from.name))
        .collect()
}

fn core_pulls_in_no_runtime_or_http(graph: &Graph) -> Vec<String> {
    let mut found = Vec::new();
    let mut seen = BTreeSet::new();
    let mut chains: Vec<Vec<&str>> = of_place(graph, Place::Core).map(|core| vec![core]).collect();
    while let Some(chain) = chains.pop() {
        let Some(needs) = chain.last().and_then(|&last| graph.needs.get(last)) else { continue };
        for next in needs.iter().filter(|&next| seen.insert(next)) {
            let chain = [&chain[..], &[next]].concat();
            if KEPT_OUT_OF_CORE.contains(&next.as_str()) {
                found.push(chain.join(" -> "));
            }
            chains.push(chain);
        }
    }
    found
}

fn published_crates_forbid_unsafe(graph: &Graph) -> Vec<String> {
    let published = graph.members.iter().filter(|member| member.published);
    published
        .filter_map(|Member { name, inherits_lints, .. }| {
            if !inherits_lints {
                return Some(format!("{name} lacks `workspace = true` in [lints]"));
            }
            (!graph.workspace_forbids_unsafe)
                .then(|| format!("{name} inherits lints that do not forbid unsafe_code"))
        })
        .collect()
}

fn place(name: &str) -> Option<Place> {
    PLACES.iter().find(|(placed, _)| *placed == name).map(|&(_, place)| place)
}

fn of_place(graph: &Graph, wanted: Place) -> impl Iterator<Item = &str> {
    let names = graph.members.iter().map(|member| member.name.as_str());
    names.filter(move |name| place(name) == Some(wanted))
}

/// The arrows between crates of ours. One to a crate without a place counts as well.
fn arrows(graph: &Graph) -> impl Iterator<Item = (&Member, &str)> {
    let all = graph
        .members
        .iter()
        .flat_map(|from| from.dependencies.iter().map(move |to| (from, to.as_str())));
    all.filter(|(_, to)| to.starts_with("handover-") || place(to).is_some())
}

/// The arrows from a `place` to anything of ours that it is not `allowed`.
fn beyond(graph: &Graph, wanted: Place, allowed: &[Place]) -> Vec<String> {
    arrows(graph)
        .filter(|(from, _)| place(&from.name) == Some(wanted))
        .filter(|(_, to)| !place(to).is_some_and(|place| allowed.contains(&place)))
        .map(|(from, to)| format!("{} -> {to}", from.name))
        .collect()
}

// The workspace as it is.

impl Graph {
    fn of_this_workspace() -> Self {
        // Packages of other platforms need not be downloaded to prove this.
        let metadata = MetadataCommand::new()
            .manifest_path(concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml"))
            .other_options(["--filter-platform".to_owned(), "host-tuple".to_owned()])
            .exec()
            .expect("cargo metadata runs");
        let manifest = read_manifest(metadata.workspace_root.join("Cargo.toml").as_str());
        let members = metadata.workspace_packages().into_iter().map(member).collect();
        let level = manifest.get("workspace").and_then(|workspace| {
            workspace.get("lints")?.get("rust")?.get("unsafe_code")?.as_str()
        });
        let workspace_forbids_unsafe = level == Some("forbid");
        Self { members, needs: needs(&metadata), workspace_forbids_unsafe }
    }
}

fn member(package: &Package) -> Member {
    let lints = read_manifest(package.manifest_path.as_str()).get("lints").cloned();
    let dependencies = package.dependencies.iter();
    Member {
        name: package.name.to_string(),
        published: package.publish.as_ref().is_none_or(|registries| !registries.is_empty()),
        inherits_lints: lints.and_then(|lints| lints.get("workspace")?.as_bool()).unwrap_or(false),
        dependencies: dependencies
            .filter(|dependency| dependency.kind != DependencyKind::Development)
            .map(|dependency| dependency.name.clone())
            .collect(),
    }
}

fn needs(metadata: &Metadata) -> BTreeMap<String, BTreeSet<String>> {
    let resolve = metadata.resolve.as_ref().expect("dependencies are resolved");
    let mut needs = BTreeMap::<String, BTreeSet<String>>::new();
    for node in &resolve.nodes {
        let runs = node.deps.iter().filter(|dependency| {
            dependency.dep_kinds.iter().any(|kind| kind.kind == DependencyKind::Normal)
        });
        let names = runs.map(|dependency| metadata[&dependency.pkg].name.to_string());
        needs.entry(metadata[&node.id].name.to_string()).or_default().extend(names);
    }
    needs
}

fn read_manifest(path: &str) -> toml::Table {
    let text = fs::read_to_string(path).expect("the manifest can be read");
    text.parse().expect("the manifest is TOML")
}

// Each law, on this workspace and on one made up to break it.

macro_rules! laws {
    ($($law:ident breaks $graph:expr => $told:expr;)*) => {
        const LAWS: &[fn(&Graph) -> Vec<String>] = &[$($law),*];

        mod holds_here {
            $(#[test]
            fn $law() {
                assert_eq!(super::$law(&super::Graph::of_this_workspace()), [""; 0]);
            })*
        }

        mod can_fail {
            use super::*;

            $(#[test]
            fn $law() {
                assert_eq!(super::$law(&Graph::default()), [""; 0]);
                assert_eq!(super::$law(&$graph), [$told]);
            })*
        }
    };
}

laws! {
    every_member_has_a_place
        breaks made_up(&[("handover-fax", "handover-core")])
        => "handover-fax is new here: add it to PLACES in tests/arrows.rs";
    adapters_depend_on_core_only
        breaks made_up(&[("handover-sms", "handover-core"), ("handover-sms", "handover-relay")])
        => "handover-sms -> handover-relay";
    conformance_depends_on_core_only
        breaks made_up(&[("handover-conformance", "handover-core"), ("handover-conformance", "handover-sim")])
        => "handover-conformance -> handover-sim";
    conformance_is_only_a_dev_dependency
        breaks made_up(&[("handover-tests", "handover-conformance")])
        => "handover-tests -> handover-conformance: move it to [dev-dependencies]";
    core_depends_on_none_of_ours
        breaks made_up(&[("handover-core", "serde"), ("handover-core", "handover-fax")])
        => "handover-core -> handover-fax";
    core_pulls_in_no_runtime_or_http
        breaks made_up(&[("handover-core", "innocent"), ("innocent", "tokio"), ("handover-relay", "hyper")])
        => "handover-core -> innocent -> tokio";
    published_crates_forbid_unsafe
        breaks without_lints(&[("handover-core", "serde"), ("xtask", "serde")])
        => "handover-core lacks `workspace = true` in [lints]";
    relay_depends_on_core_only
        breaks made_up(&[("handover-relay", "handover-core"), ("handover-relay", "handover-store")])
        => "handover-relay -> handover-store";
    sim_depends_on_core_at_most
        breaks made_up(&[("handover-sim", "handover-core"), ("handover-sim", "handover-creatio")])
        => "handover-sim -> handover-creatio";
    tools_depend_on_none_of_ours
        breaks made_up(&[("xtask", "handover-core")])
        => "xtask -> handover-core";
}

#[test]
fn lints_that_allow_unsafe_are_told() {
    let mut graph = made_up(&[("handover-core", "serde")]);
    assert_eq!(published_crates_forbid_unsafe(&graph), [""; 0]);
    graph.workspace_forbids_unsafe = false;
    let told = "handover-core inherits lints that do not forbid unsafe_code";
    assert_eq!(published_crates_forbid_unsafe(&graph), [told]);
}

#[test]
fn the_top_may_depend_on_anything() {
    let graph = made_up(&[
        ("handover-cli", "handover-core"),
        ("handover-cli", "handover-creatio"),
        ("handover-cli", "handover-relay"),
        ("handover-cli", "handover-sim"),
        ("handover-cli", "tokio"),
    ]);
    for law in LAWS {
        assert_eq!(law(&graph), [""; 0]);
    }
}

/// A workspace that forbids unsafe, with these arrows.
fn made_up(arrows: &[(&str, &str)]) -> Graph {
    let mut graph = Graph { workspace_forbids_unsafe: true, ..Graph::default() };
    for (from, to) in arrows {
        graph.needs.entry((*from).to_owned()).or_default().insert((*to).to_owned());
    }
    let ours = graph.needs.iter().filter(|(name, _)| *name != "innocent");
    graph.members = ours
        .map(|(name, needs)| Member {
            name: name.clone(),
            published: true,
            inherits_lints: true,
            dependencies: needs.iter().cloned().collect(),
        })
        .collect();
    graph
}

/// The same, where no crate inherits the lints and `xtask` is not published.
fn without_lints(arrows: &[(&str, &str)]) -> Graph {
    let mut graph = made_up(arrows);
    for member in &mut graph.members {
        member.inherits_lints = false;
        member.published = member.name != "xtask";
    }
    graph
}
