//! Objects of Kubernetes: which workload a service leads to, and the doors that services and ingresses are.
//!
//! <https://kubernetes.io/docs/concepts/services-networking/ingress/>

use super::{
    Asks, ENFORCED, Exposure, Layer, PARTIAL, Target, gateway, is_deployed, istio, oauth2_proxy,
    pattern::Pattern, traefik,
};
use crate::{
    facts::{Document, Node, Text},
    project::{FileId, Location, Project, manifests::image_name},
};

/// All objects of a repository, in the order of their places.
pub(super) struct Cluster<'p> {
    pub(super) objects: Vec<Object<'p>>,
}

/// One object.
#[derive(Clone, Copy)]
pub(super) struct Object<'p> {
    pub(super) file: FileId,
    pub(super) kind: &'p str,
    pub(super) name: &'p str,
    pub(super) node: &'p Node,
}

pub(super) fn read(project: &Project, exposures: &mut Vec<Exposure>) {
    let cluster = Cluster::of(project);
    for object in cluster.of_kind("Ingress") {
        ingress(&cluster, object, exposures);
    }
    for object in cluster.of_kind("Service") {
        exposures.extend(service(&cluster, object));
    }
    gateway::read(&cluster, exposures);
    istio::read(&cluster, exposures);
    oauth2_proxy::in_cluster(&cluster, exposures);
    traefik::in_cluster(&cluster, exposures);
}

impl<'p> Cluster<'p> {
    fn of(project: &'p Project) -> Self {
        let mut objects = Vec::new();
        for (file, unit) in project.units().filter(|(_, unit)| is_deployed(&unit.file)) {
            let Some(Document::Tree(roots)) = &unit.facts.document else { continue };
            for root in roots {
                let items = root.get("items").filter(|_| root.text_at("kind") == Some("List"));
                let nodes = items.map_or(std::slice::from_ref(root), Node::items);
                objects.extend(nodes.iter().filter_map(|node| Object::of(file, node)));
            }
        }
        Self { objects }
    }

    pub(super) fn of_kind<'c>(
        &'c self,
        kind: &'c str,
    ) -> impl Iterator<Item = &'c Object<'p>> + use<'c, 'p> {
        self.objects.iter().filter(move |object| object.kind == kind)
    }

    pub(super) fn called(&self, kind: &str, name: &str) -> Option<&Object<'p>> {
        self.objects.iter().find(|object| object.kind == kind && object.name == name)
    }

    /// What a service leads to, with all the names it has.
    pub(super) fn target_of(&self, service: &str) -> Target {
        let selector = self
            .called("Service", service)
            .and_then(|service| service.node.at(&["spec", "selector"]));
        let mut names = vec![Text::from(service)];
        if let Some(selector) = selector {
            names.extend(self.names_behind(selector));
        }
        Target::Named(names)
    }

    /// The names of the workloads that carry the labels, of their images, and the labels that name an application.
    pub(super) fn names_behind(&self, labels: &Node) -> Vec<Text> {
        let mut names: Vec<Text> = labels
            .entries()
            .filter(|(key, _)| names_application(key))
            .filter_map(|(_, value)| value.text().map(Text::from))
            .collect();
        let workloads = self.objects.iter().filter(|object| object.carries(labels));
        for workload in workloads {
            names.push(workload.name.into());
            names.extend(workload.images().map(Text::from));
        }
        names
    }

    /// The workloads of a namespace; one without a name where the repository shows none.
    pub(super) fn targets_in(&self, namespace: Option<&str>) -> Vec<Target> {
        let workloads = self.objects.iter().filter(|object| !object.containers().is_empty());
        let inside = workloads.filter(|object| {
            namespace.is_none() || object.namespace().is_none_or(|own| Some(own) == namespace)
        });
        let targets: Vec<Target> = inside.map(Object::own_target).collect();
        if targets.is_empty() { vec![Target::named("mesh")] } else { targets }
    }

    /// Does the repository show that the cluster alone reaches the service?
    pub(super) fn is_inside(&self, service: &str) -> bool {
        self.called("Service", service).is_some_and(|service| !is_published(service))
    }
}

impl<'p> Object<'p> {
    fn of(file: FileId, node: &'p Node) -> Option<Self> {
        node.get("apiVersion")?;
        let name = node.at(&["metadata", "name"])?.text()?;
        Some(Self { file, kind: node.text_at("kind")?, name, node })
    }

    pub(super) fn namespace(&self) -> Option<&'p str> {
        self.node.at(&["metadata", "namespace"])?.text()
    }

    pub(super) fn title(&self) -> String {
        format!("{} `{}`", self.kind, self.name)
    }

    pub(super) const fn location(&self) -> Location {
        Location { file: self.file, span: self.node.span }
    }

    pub(super) fn spec(&self, key: &str) -> Option<&'p Node> {
        self.node.at(&["spec", key])
    }

    pub(super) fn annotation(&self, key: &str) -> Option<&'p str> {
        self.annotation_node(key)?.text().filter(|text| !text.is_empty())
    }

    fn annotation_node(&self, key: &str) -> Option<&'p Node> {
        self.node.at(&["metadata", "annotations", key])
    }

    /// Where the annotation stands; the object itself without it.
    fn location_of(&self, key: &str) -> Location {
        let span = self.annotation_node(key).map_or(self.node.span, |node| node.span);
        Location { file: self.file, span }
    }

    /// Is it a workload whose pods have all these labels?
    fn carries(&self, labels: &Node) -> bool {
        let own = self.node.at(&["spec", "template", "metadata", "labels"]);
        own.is_some_and(|own| {
            labels.entries().next().is_some()
                && labels.entries().all(|(key, value)| {
                    own.text_at(key).is_some_and(|text| Some(text) == value.text())
                })
        })
    }

    pub(super) fn containers(&self) -> &'p [Node] {
        let containers = self.node.at(&["spec", "template", "spec", "containers"]);
        containers.map(Node::items).unwrap_or_default()
    }

    /// The workload itself, by its names.
    pub(super) fn own_target(&self) -> Target {
        let labels = self.node.at(&["spec", "template", "metadata", "labels"]);
        let labels = labels.into_iter().flat_map(Node::entries);
        let labels = labels.filter(|(key, _)| names_application(key));
        let names = labels.filter_map(|(_, value)| value.text()).chain(self.images());
        Target::Named(names.chain([self.name]).map(Text::from).collect())
    }

    /// The last segments of its images, without their versions.
    fn images(&self) -> impl Iterator<Item = &'p str> {
        self.containers().iter().filter_map(|container| image_name(container.text_at("image")?))
    }
}

/// Is it a label that says what a workload is? <https://kubernetes.io/docs/concepts/overview/working-with-objects/common-labels/>
fn names_application(key: &str) -> bool {
    matches!(key.rsplit('/').next().unwrap_or(key), "app" | "name" | "component" | "k8s-app")
}

/// One exposure for each path of an ingress.
fn ingress(cluster: &Cluster, object: &Object, exposures: &mut Vec<Exposure>) {
    let controller = controller_of(object);
    let (asks, key) = asked_by_ingress(cluster, object);
    let is_rewritten = object.annotation("nginx.ingress.kubernetes.io/rewrite-target").is_some()
        || traefik::rewrites(cluster, object);
    let mut push = |host: &str, pattern: Option<Pattern>, backend: Option<&str>| {
        let Some(backend) = backend else { return };
        let asks = match (&pattern, &asks) {
            (None, _) => Asks::Unclear,
            (_, Asks::Nobody) => gateway::asked_by_backend(cluster, backend),
            (_, asks) => asks.clone(),
        };
        let asks = limited(cluster, backend, controller, asks);
        let pattern = pattern.filter(|_| !is_rewritten).unwrap_or_else(Pattern::all);
        let (target, layer) = (cluster.target_of(backend), Layer::Door(host.into()));
        let exposure = Exposure::new(object.title(), object.location_of(key), target, layer, asks);
        exposures.push(exposure.below(pattern));
    };
    push("", Some(Pattern::all()), object.spec("defaultBackend").and_then(service_name));
    for rule in object.spec("rules").map(Node::items).unwrap_or_default() {
        let host = rule.text_at("host").unwrap_or_default();
        for path in rule.at(&["http", "paths"]).map(Node::items).unwrap_or_default() {
            let written = path.text_at("path").unwrap_or("/");
            let pattern = match path.text_at("pathType") {
                Some("Prefix") => Some(Pattern::below(written)),
                Some("Exact") => Some(Pattern::exactly(written)),
                _ => Pattern::written(written).map(|_| {
                    Pattern::below(written.split(['(', '*', '$', '?']).next().unwrap_or("/"))
                }),
            };
            push(host, pattern, path.get("backend").and_then(service_name));
        }
    }
}

/// The service of a backend, in the form of today and of before `networking.k8s.io/v1`.
fn service_name(backend: &Node) -> Option<&str> {
    backend.at(&["service", "name"]).or_else(|| backend.get("serviceName"))?.text()
}

fn controller_of<'p>(object: &Object<'p>) -> &'p str {
    let class = object.spec("ingressClassName").and_then(Node::text);
    class.or_else(|| object.annotation("kubernetes.io/ingress.class")).unwrap_or_default()
}

/// What an ingress asks of a caller, and the annotation that says so.
///
/// <https://kubernetes.github.io/ingress-nginx/user-guide/nginx-configuration/annotations/#authentication>
fn asked_by_ingress(cluster: &Cluster, object: &Object) -> (Asks, &'static str) {
    const NGINX: [&str; 3] = [
        "nginx.ingress.kubernetes.io/auth-url",
        "nginx.ingress.kubernetes.io/auth-secret",
        "nginx.ingress.kubernetes.io/auth-tls-secret",
    ];
    const APPLICATION_LOAD_BALANCER: &str = "alb.ingress.kubernetes.io/auth-type";
    const TRAEFIK: &str = "traefik.ingress.kubernetes.io/router.middlewares";
    const KONG: &str = "konghq.com/plugins";
    let told = |key: &str| object.annotation(key);
    let caller = |by: &str, credit| Asks::Caller { by: by.into(), credit };
    // An address that is on the list passes without an answer.
    let is_any = told("nginx.ingress.kubernetes.io/satisfy") == Some("any");
    if let Some(key) = NGINX.into_iter().find(|key| told(key).is_some()) {
        // https://kubernetes.github.io/ingress-nginx/examples/auth/client-certs/
        let is_optional = told("nginx.ingress.kubernetes.io/auth-tls-verify-client")
            .is_some_and(|verify| verify != "on");
        if key == NGINX[2] && is_optional {
            return (Asks::Nobody, key);
        }
        let by = key.rsplit('/').next().unwrap_or(key);
        return (caller(by, if is_any { PARTIAL } else { ENFORCED }), key);
    }
    if let Some(by) = told(APPLICATION_LOAD_BALANCER).filter(|by| matches!(*by, "oidc" | "cognito"))
    {
        let lets_pass =
            told("alb.ingress.kubernetes.io/auth-on-unauthenticated-request") == Some("allow");
        let asks = if lets_pass { Asks::Nobody } else { caller(by, ENFORCED) };
        return (asks, APPLICATION_LOAD_BALANCER);
    }
    if let Some(names) = told(TRAEFIK) {
        return (traefik::asked_by_references(cluster, names), TRAEFIK);
    }
    if let Some(names) = told(KONG) {
        return (gateway::asked_by_plugins(cluster, names), KONG);
    }
    (Asks::Nobody, "")
}

/// What is asked at the door says less where the repository does not show that the service has no other.
pub(super) fn limited(cluster: &Cluster, service: &str, controller: &str, asks: Asks) -> Asks {
    let is_instance_mode = matches!(controller, "alb" | "gce");
    match asks {
        Asks::Caller { by, credit } => {
            let is_inside = cluster.is_inside(service) && !is_instance_mode;
            Asks::Caller { by, credit: if is_inside { credit } else { credit.min(PARTIAL) } }
        }
        asks => asks,
    }
}

/// A service that has an address outside the cluster.
fn service(cluster: &Cluster, object: &Object) -> Option<Exposure> {
    let kind = object.spec("type").filter(|_| is_published(object))?;
    // The load balancers of these controllers reach their services by the ports of the machines.
    // https://kubernetes-sigs.github.io/aws-load-balancer-controller/latest/how-it-works/
    let leads_to = |ingress: &&Object| {
        let mut backends = ingress_backends(ingress);
        backends.any(|backend| backend == object.name)
    };
    let mut ingresses = cluster.of_kind("Ingress").filter(leads_to);
    let is_for_controller = kind.text() == Some("NodePort")
        && ingresses.any(|ingress| matches!(controller_of(ingress), "alb" | "gce" | ""));
    let location = Location { file: object.file, span: kind.span };
    let layer = Layer::Door(format!("service {}", object.name).into());
    let target = cluster.target_of(object.name);
    (!is_for_controller)
        .then(|| Exposure::new(object.title(), location, target, layer, Asks::Nobody))
}

fn ingress_backends<'p>(ingress: &Object<'p>) -> impl Iterator<Item = &'p str> {
    let rules = ingress.spec("rules").map(Node::items).unwrap_or_default();
    let paths = rules.iter().filter_map(|rule| rule.at(&["http", "paths"])).flat_map(Node::items);
    let default = ingress.spec("defaultBackend");
    paths.filter_map(|path| path.get("backend")).chain(default).filter_map(service_name)
}

/// Is it reached from outside the cluster, from more than chosen addresses?
fn is_published(service: &Object) -> bool {
    const INNER: [(&str, &str); 6] = [
        ("networking.gke.io/load-balancer-type", "internal"),
        ("cloud.google.com/load-balancer-type", "internal"),
        ("service.beta.kubernetes.io/aws-load-balancer-internal", "true"),
        ("service.beta.kubernetes.io/aws-load-balancer-scheme", "internal"),
        ("service.beta.kubernetes.io/azure-load-balancer-internal", "true"),
        ("service.beta.kubernetes.io/oci-load-balancer-internal", "true"),
    ];
    let kind = service.spec("type").and_then(Node::text).unwrap_or("ClusterIP");
    let is_inner = INNER.iter().any(|(key, inner)| {
        service.annotation(key).is_some_and(|said| said.eq_ignore_ascii_case(inner))
    });
    let ranges = service.spec("loadBalancerSourceRanges").map(Node::items).unwrap_or_default();
    let is_limited =
        !ranges.is_empty() && ranges.iter().all(|range| range.text() != Some("0.0.0.0/0"));
    matches!(kind, "LoadBalancer" | "NodePort") && !is_inner && !is_limited
}
