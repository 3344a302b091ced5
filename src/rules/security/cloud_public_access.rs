use super::published::is_local;
use crate::{
    facts::{Document, File, Node, Role, Span},
    gap::Severity,
    project::{
        FileId, Project,
        terraform::{Block, read},
    },
    rules::Sites,
};

mod ways_past;

/// Ports for administrators and of databases.
const INNER_PORTS: [u32; 14] =
    [22, 23, 445, 1433, 1521, 2375, 3306, 3389, 5432, 5984, 6379, 9200, 11211, 27017];

/// Roles with which everything may be done.
const OWNERS: [&str; 3] = ["roles/owner", "roles/editor", "AdministratorAccess"];

pub(super) fn inspect(project: &Project, sites: &mut Sites) {
    let has_website = project.units().any(|(_, unit)| {
        unit.file.name().ends_with(".tf")
            && unit.file.text.contains("aws_s3_bucket_website_configuration")
    });
    for (id, unit) in project.units() {
        let file = &unit.file;
        if is_aside(file) {
            continue;
        }
        let mut found = Found { project, id, sites, has_website };
        if file.name().ends_with(".tf") {
            for block in read(&file.text).iter().filter(|block| block.kind == "resource") {
                found.resource(block);
            }
        } else if let Some(Document::Tree(roots)) = &unit.facts.document {
            for root in roots {
                found.template(root);
                found.cluster(root);
            }
        }
    }
    services(project, sites);
    ways_past::inspect(project, sites);
}

fn is_aside(file: &File) -> bool {
    matches!(file.role, Role::Test | Role::Example | Role::Docs | Role::Vendored | Role::Generated)
}

/// Containers that are as powerful as their machine.
fn services(project: &Project, sites: &mut Sites) {
    for service in &project.manifests().services {
        if is_local(project.file(service.file)) {
            continue;
        }
        let socket =
            service.volumes.iter().find(|volume| volume.starts_with("/var/run/docker.sock:"));
        if service.is_privileged {
            let message = "the container may do all that the machine may";
            sites.gap(service.location, &*service.name, message).identity(&*service.name);
        } else if let Some(socket) = socket.filter(|socket| !socket.ends_with(":ro")) {
            let message = format!("`{socket}` lets the container start any other as root");
            sites
                .gap(service.location, &*service.name, message)
                .severity(Severity::Medium)
                .identity(&*service.name);
        }
    }
}

struct Found<'f, 'p, 's> {
    project: &'p Project,
    id: FileId,
    sites: &'f mut Sites<'s>,
    /// Some bucket is a website, which everybody is to read.
    has_website: bool,
}

impl Found<'_, '_, '_> {
    fn gap(&mut self, span: Span, subject: &str, message: impl Into<String>, severity: Severity) {
        let place = self.project.location(self.id, span);
        self.sites.gap(place, subject, message).severity(severity);
    }

    fn holds(&mut self, span: Span, subject: &str, fact: &str) {
        let place = self.project.location(self.id, span);
        self.sites.holds(place, subject, fact);
    }

    fn resource(&mut self, block: &Block) {
        let kind = block.label(0);
        let subject = format!("{kind}.{}", block.label(1));
        match kind {
            "aws_s3_bucket" | "aws_s3_bucket_acl" => self.bucket(block, &subject),
            "aws_s3_bucket_public_access_block" => self.access_block(block, &subject),
            "aws_s3_bucket_policy" => self.bucket_policy(block, &subject),
            "aws_security_group" => {
                for rule in block.inner("ingress") {
                    self.inbound(rule, "cidr_blocks", &subject);
                }
            }
            "aws_security_group_rule" if block.value("type").trim_matches('"') == "ingress" => {
                self.inbound(block, "cidr_blocks", &subject);
            }
            "aws_vpc_security_group_ingress_rule" => self.inbound(block, "cidr_ipv4", &subject),
            "google_compute_firewall" => self.firewall(block, &subject),
            "azurerm_network_security_rule" => self.network_rule(block, &subject),
            "aws_db_instance" | "aws_rds_cluster_instance" | "aws_redshift_cluster" => {
                self.flag(
                    block,
                    "publicly_accessible",
                    &subject,
                    "the database has a public address",
                );
            }
            "azurerm_storage_account" => {
                for name in ["allow_nested_items_to_be_public", "allow_blob_public_access"] {
                    self.flag(block, name, &subject, "what is stored may be opened to everybody");
                }
            }
            _ if kind.starts_with("google_") && kind.contains("_iam_") => {
                self.binding(block, &subject)
            }
            _ if kind.starts_with("aws_iam_") && kind.ends_with("policy") => {
                self.policy(block, &subject)
            }
            _ => {}
        }
    }

    fn flag(&mut self, block: &Block, name: &str, subject: &str, message: &str) {
        let Some(attribute) = block.attribute(name) else { return };
        match attribute.value.as_str() {
            "true" => self.gap(attribute.span, subject, message, Severity::High),
            "false" => self.holds(attribute.span, subject, "not public"),
            _ => {}
        }
    }

    fn bucket(&mut self, block: &Block, subject: &str) {
        let Some(acl) = block.attribute("acl") else { return };
        let is_website = self.has_website || block.inner("website").next().is_some();
        match acl.value.trim_matches('"') {
            "public-read-write" => {
                self.gap(
                    acl.span,
                    subject,
                    "everybody may read and write the bucket",
                    Severity::Critical,
                );
            }
            "public-read" | "authenticated-read" if !is_website => {
                self.gap(acl.span, subject, "everybody may read the bucket", Severity::High);
            }
            "private" | "log-delivery-write" => self.holds(acl.span, subject, "not public"),
            _ => {}
        }
    }

    fn access_block(&mut self, block: &Block, subject: &str) {
        let off = block.attributes.iter().find(|attribute| {
            (attribute.name.starts_with("block_public") || attribute.name.starts_with("restrict"))
                && attribute.value == "false"
        });
        match off.filter(|_| !self.has_website) {
            Some(off) => {
                let message = "the bucket may be opened to everybody by one wrong setting";
                self.gap(off.span, subject, message, Severity::Medium);
            }
            None => self.holds(block.span, subject, "public access is blocked"),
        }
    }

    fn bucket_policy(&mut self, block: &Block, subject: &str) {
        let Some(policy) = block.attribute("policy") else { return };
        let text: String = policy.value.split_whitespace().collect();
        let for_all = ["Principal=\"*\"", "\"Principal\":\"*\"", "AWS=\"*\"", "\"AWS\":\"*\""];
        let is_open = for_all.iter().any(|form| text.contains(form))
            && text.contains("Allow")
            && !text.contains("Condition");
        if is_open && !self.has_website {
            self.gap(policy.span, subject, "everybody may use the bucket", Severity::High);
        }
    }

    /// One rule for what comes in, with its ports under `from_port` and `to_port`.
    fn inbound(&mut self, rule: &Block, source: &str, subject: &str) {
        let sources = format!("{} {}", rule.value(source), rule.value("ipv6_cidr_blocks"));
        let ports = match (rule.value("from_port").parse(), rule.value("to_port").parse()) {
            (Ok(from), Ok(to)) => Some((from, to)),
            _ => None,
        };
        let protocol = rule.value("protocol").trim_matches('"');
        let is_all =
            matches!(protocol, "-1" | "all") || rule.value("ip_protocol").trim_matches('"') == "-1";
        self.judge(rule.span, subject, &sources, if is_all { Some((0, 65535)) } else { ports });
    }

    fn firewall(&mut self, block: &Block, subject: &str) {
        let sources = block.value("source_ranges");
        for allowed in block.inner("allow") {
            let ports = allowed.value("ports");
            let is_all = allowed.value("protocol").trim_matches('"') == "all";
            let listed =
                ports.split(['"', ',', '[', ']', ' ', '\n']).filter(|port| !port.is_empty());
            let ranges: Vec<(u32, u32)> = listed.filter_map(range).collect();
            if is_all {
                self.judge(allowed.span, subject, sources, Some((0, 65535)));
            }
            for ports in ranges {
                self.judge(allowed.span, subject, sources, Some(ports));
            }
        }
    }

    fn network_rule(&mut self, block: &Block, subject: &str) {
        let is = |name: &str, value: &str| block.value(name).trim_matches('"') == value;
        let ports = block.value("destination_port_range").trim_matches('"');
        let ports = if ports == "*" { Some((0, 65535)) } else { range(ports) };
        let source = block.value("source_address_prefix").trim_matches('"');
        if is("direction", "Inbound") && is("access", "Allow") {
            let is_any = matches!(source, "*" | "Internet" | "0.0.0.0/0");
            self.judge(block.span, subject, if is_any { "0.0.0.0/0" } else { source }, ports);
        }
    }

    fn judge(&mut self, span: Span, subject: &str, sources: &str, ports: Option<(u32, u32)>) {
        let is_open = sources.contains("0.0.0.0/0") || sources.contains("\"::/0\"");
        let Some((from, to)) = ports else { return };
        let inner = INNER_PORTS.iter().find(|port| (from..=to.max(from)).contains(*port));
        let is_gate = ["bastion", "jump", "vpn"].iter().any(|word| subject.contains(word));
        match inner {
            Some(_) if is_open && (from, to) == (0, 65535) => {
                self.gap(span, subject, "every port is open to the whole internet", Severity::High);
            }
            Some(22) if is_open && is_gate => {
                self.holds(span, subject, "the one machine that is meant to be reached");
            }
            Some(port) if is_open => {
                let message = format!("port {port} is open to the whole internet");
                self.gap(span, subject, message, Severity::High);
            }
            _ if is_open || sources.contains('/') || sources.trim().is_empty() => {
                self.holds(span, subject, "only what is meant for everybody is open");
            }
            _ => {
                let place = self.project.location(self.id, span);
                self.sites.unknown(place, subject, "from where it is reached is set elsewhere");
            }
        }
    }

    fn binding(&mut self, block: &Block, subject: &str) {
        let members = format!("{}{}", block.value("member"), block.value("members"));
        let role = block.value("role").trim_matches('"');
        let for_all = members.contains("allUsers") || members.contains("allAuthenticatedUsers");
        let is_storage = block.label(0).contains("storage") || block.label(0).contains("bigquery");
        if for_all && is_storage && !self.has_website {
            let message = "everybody may use what is stored";
            self.gap(block.span, subject, message, Severity::High);
        } else if OWNERS.contains(&role) {
            let message = format!("`{role}` may change everything in the project");
            self.gap(block.span, subject, message, Severity::Medium);
        } else {
            self.holds(block.span, subject, "a narrow role");
        }
    }

    fn policy(&mut self, block: &Block, subject: &str) {
        let Some(policy) = block.attribute("policy") else { return };
        let text: String = policy.value.split_whitespace().collect();
        let has = |key: &str| {
            [
                format!("{key}=\"*\""),
                format!("\"{key}\":\"*\""),
                format!("{key}=[\"*\"]"),
                format!("\"{key}\":[\"*\"]"),
            ]
            .iter()
            .any(|form| text.contains(form.as_str()))
        };
        if has("Action") && has("Resource") && text.contains("Allow") {
            self.gap(policy.span, subject, "it may do everything with everything", Severity::High);
        } else {
            self.holds(policy.span, subject, "not everything at once");
        }
    }

    /// `CloudFormation` and what is written like it.
    fn template(&mut self, root: &Node) {
        for (name, resource) in root.get("Resources").into_iter().flat_map(Node::entries) {
            let Some(properties) = resource.get("Properties") else { continue };
            match resource.text_at("Type").unwrap_or_default() {
                "AWS::S3::Bucket" => self.template_bucket(name, properties),
                "AWS::RDS::DBInstance" => {
                    if let Some(node) = properties.get("PubliclyAccessible") {
                        match node.text() {
                            Some("true") => {
                                let message = "the database has a public address";
                                self.gap(node.span, name, message, Severity::High);
                            }
                            _ => self.holds(node.span, name, "not public"),
                        }
                    }
                }
                "AWS::EC2::SecurityGroup" => {
                    let rules = properties.get("SecurityGroupIngress").map(Node::items);
                    for rule in rules.unwrap_or_default() {
                        let source = rule.text_at("CidrIp").unwrap_or_default();
                        let port = |key: &str| rule.text_at(key).and_then(|text| text.parse().ok());
                        let is_all = rule.text_at("IpProtocol") == Some("-1");
                        let ports = port("FromPort").zip(port("ToPort"));
                        let ports = if is_all { Some((0, 65535)) } else { ports };
                        self.judge(rule.span, name, source, ports);
                    }
                }
                _ => {}
            }
        }
    }

    fn template_bucket(&mut self, name: &str, properties: &Node) {
        let Some(node) = properties.get("AccessControl") else { return };
        let is_website = properties.get("WebsiteConfiguration").is_some();
        match node.text() {
            Some("PublicReadWrite") => {
                self.gap(
                    node.span,
                    name,
                    "everybody may read and write the bucket",
                    Severity::Critical,
                );
            }
            Some("PublicRead") if !is_website => {
                self.gap(node.span, name, "everybody may read the bucket", Severity::High);
            }
            _ => self.holds(node.span, name, "not public"),
        }
    }

    /// Objects of Kubernetes.
    fn cluster(&mut self, root: &Node) {
        let (Some(kind), Some(_)) = (root.text_at("kind"), root.get("apiVersion")) else { return };
        let name = root.at(&["metadata", "name"]).and_then(Node::text).unwrap_or(kind);
        if kind == "ClusterRoleBinding" {
            match root.at(&["roleRef", "name"]).filter(|role| role.text() == Some("cluster-admin"))
            {
                Some(role) => {
                    let message = "whoever has this account may do everything in the cluster";
                    self.gap(role.span, name, message, Severity::High);
                }
                None => self.holds(root.span, name, "a narrow role"),
            }
            return;
        }
        let paths: [&[&str]; 3] = [
            &["spec", "template", "spec"],
            &["spec"],
            &["spec", "jobTemplate", "spec", "template", "spec"],
        ];
        let pod = paths.iter().filter_map(|path| root.at(path));
        let Some(pod) = pod.into_iter().find(|pod| pod.get("containers").is_some()) else { return };
        let mut is_narrow = true;
        for key in ["hostNetwork", "hostPID", "hostIPC"] {
            if let Some(node) = pod.get(key).filter(|node| node.text() == Some("true")) {
                is_narrow = false;
                let message = "the container shares what belongs to its machine";
                self.gap(node.span, name, message, Severity::Medium);
            }
        }
        for container in pod.get("containers").map(Node::items).unwrap_or_default() {
            let privileged = container.at(&["securityContext", "privileged"]);
            if let Some(node) = privileged.filter(|node| node.text() == Some("true")) {
                is_narrow = false;
                let message = "the container may do all that the machine may";
                self.gap(node.span, name, message, Severity::High);
            }
        }
        for volume in pod.get("volumes").map(Node::items).unwrap_or_default() {
            let path = volume.at(&["hostPath", "path"]);
            let is_broad =
                |node: &&Node| matches!(node.text(), Some("/" | "/var/run/docker.sock" | "/etc"));
            if let Some(node) = path.filter(is_broad) {
                is_narrow = false;
                let message = "the container reaches the files of its machine";
                self.gap(node.span, name, message, Severity::High);
            }
        }
        if is_narrow {
            self.holds(root.span, name, "the container keeps to itself");
        }
    }
}

/// `22` and `20-25`.
fn range(ports: &str) -> Option<(u32, u32)> {
    let (from, to) = ports.split_once('-').unwrap_or((ports, ports));
    Some((from.trim().parse().ok()?, to.trim().parse().ok()?))
}
