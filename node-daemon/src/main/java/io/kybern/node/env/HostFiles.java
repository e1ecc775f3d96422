package io.kybern.node.env;

import io.fabric8.kubernetes.api.model.HostAlias;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodDNSConfig;
import io.fabric8.kubernetes.api.model.PodDNSConfigOption;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The text of a pod's {@code /etc/hosts} and {@code /etc/resolv.conf}, and its host name. See <a
 * href="https://kubernetes.io/docs/concepts/services-networking/dns-pod-service/">DNS for Services and Pods</a>.
 */
public final class HostFiles {

    /** A label of a DNS name has no more. */
    private static final int MAX_HOSTNAME = 63;

    /** The kernel's limit for a host name. */
    private static final int MAX_KERNEL_HOSTNAME = 64;

    private HostFiles() {}

    /**
     * What the cluster's DNS is.
     *
     * @param server the address of the cluster DNS
     * @param domain for example {@code cluster.local}
     */
    public record ClusterDns(String server, String domain) {}

    /** The short host name that a pod's containers see; a pod may ask for quite another one than its own. */
    public static String hostname(Pod pod) {
        String instead = pod.getSpec().getHostnameOverride();
        if (instead != null && !instead.isEmpty()) {
            return instead;
        }
        String wanted = pod.getSpec().getHostname();
        String name = wanted == null || wanted.isEmpty() ? pod.getMetadata().getName() : wanted;
        if (name.length() > MAX_HOSTNAME) {
            name = name.substring(0, MAX_HOSTNAME).replaceAll("[-.]+$", "");
        }
        return name;
    }

    /**
     * The host name that the kernel is told: the short one, or the full one when the pod asks for it.
     *
     * @throws ContainerConfigException if the kernel takes no name of that length
     */
    public static String kernelHostname(Pod pod, String domain) throws ContainerConfigException {
        String full = fullName(pod, domain);
        if (!Boolean.TRUE.equals(pod.getSpec().getSetHostnameAsFQDN()) || full == null) {
            return hostname(pod);
        }
        if (full.length() > MAX_KERNEL_HOSTNAME) {
            throw ContainerConfigException.because(
                    "failed to construct FQDN from Pod hostname and cluster domain, FQDN " + full + " is too long ("
                            + MAX_KERNEL_HOSTNAME + " characters is the max, " + full.length()
                            + " characters requested)");
        }
        return full;
    }

    private static @Nullable String fullName(Pod pod, String domain) {
        String subdomain = pod.getSpec().getSubdomain();
        String instead = pod.getSpec().getHostnameOverride();
        if (subdomain == null || subdomain.isEmpty() || instead != null && !instead.isEmpty()) {
            return null;
        }
        return hostname(pod) + "." + subdomain + "." + pod.getMetadata().getNamespace() + ".svc." + domain;
    }

    /** The hosts file of a pod with its own network. */
    public static String hosts(Pod pod, List<String> podIps, String domain) {
        StringBuilder out = new StringBuilder("# Kubernetes-managed hosts file.\n");
        out.append("127.0.0.1\tlocalhost\n");
        out.append("::1\tlocalhost ip6-localhost ip6-loopback\n");
        out.append("fe00::0\tip6-localnet\n");
        out.append("fe00::0\tip6-mcastprefix\n");
        out.append("fe00::1\tip6-allnodes\n");
        out.append("fe00::2\tip6-allrouters\n");
        String full = fullName(pod, domain);
        for (String ip : podIps) {
            out.append(ip).append('\t');
            if (full != null) {
                out.append(full).append('\t');
            }
            out.append(hostname(pod)).append('\n');
        }
        aliases(out, pod);
        return out.toString();
    }

    /** The hosts file of a pod on the node's network: the node's own, and the pod's aliases. */
    public static String hostNetworkHosts(Pod pod, String nodeHosts) {
        StringBuilder out = new StringBuilder("# Kubernetes-managed hosts file (host network).\n");
        out.append(nodeHosts);
        aliases(out, pod);
        return out.toString();
    }

    private static void aliases(StringBuilder out, Pod pod) {
        List<HostAlias> aliases = pod.getSpec().getHostAliases();
        if (aliases == null || aliases.isEmpty()) {
            return;
        }
        out.append("\n# Entries added by HostAliases.\n");
        for (HostAlias alias : aliases) {
            out.append(alias.getIp())
                    .append('\t')
                    .append(String.join("\t", alias.getHostnames()))
                    .append('\n');
        }
    }

    /** The resolver's file for a pod, given the node's own. */
    public static String resolvConf(Pod pod, ClusterDns dns, String nodeResolvConf) {
        String policy = pod.getSpec().getDnsPolicy() == null
                ? "ClusterFirst"
                : pod.getSpec().getDnsPolicy();
        boolean hostNetwork = Boolean.TRUE.equals(pod.getSpec().getHostNetwork());
        Resolver node = Resolver.parse(nodeResolvConf);
        Resolver base =
                switch (policy) {
                    case "None" -> new Resolver();
                    case "Default" -> node;
                    case "ClusterFirstWithHostNet" -> cluster(pod, dns, node);
                    default -> hostNetwork ? node : cluster(pod, dns, node);
                };
        base.add(pod.getSpec().getDnsConfig());
        return base.text();
    }

    private static Resolver cluster(Pod pod, ClusterDns dns, Resolver node) {
        Resolver out = new Resolver();
        out.nameservers.add(dns.server());
        String domain = dns.domain();
        out.searches.add(pod.getMetadata().getNamespace() + ".svc." + domain);
        out.searches.add("svc." + domain);
        out.searches.add(domain);
        out.searches.addAll(node.searches);
        out.options.put("ndots", "5");
        return out;
    }

    /** The three things that such a file says. */
    private static final class Resolver {
        private final Set<String> nameservers = new LinkedHashSet<>();
        private final Set<String> searches = new LinkedHashSet<>();
        private final Map<String, String> options = new LinkedHashMap<>();

        static Resolver parse(String text) {
            Resolver out = new Resolver();
            for (String line : text.split("\n")) {
                String[] words = line.strip().split("\\s+");
                List<String> rest = new ArrayList<>(List.of(words)).subList(1, Math.max(1, words.length));
                switch (words[0]) {
                    case "nameserver" -> out.nameservers.addAll(rest);
                    case "search" -> {
                        out.searches.clear();
                        rest.stream().filter(s -> !s.equals(".")).forEach(out.searches::add);
                    }
                    case "options" -> rest.forEach(out::option);
                    default -> {
                        // comments and directives that pods do not need
                    }
                }
            }
            return out;
        }

        private void option(String option) {
            int colon = option.indexOf(':');
            options.put(colon < 0 ? option : option.substring(0, colon), colon < 0 ? "" : option.substring(colon + 1));
        }

        void add(@Nullable PodDNSConfig more) {
            if (more == null) {
                return;
            }
            if (more.getNameservers() != null) {
                nameservers.addAll(more.getNameservers());
            }
            if (more.getSearches() != null) {
                searches.addAll(more.getSearches());
            }
            if (more.getOptions() != null) {
                for (PodDNSConfigOption option : more.getOptions()) {
                    options.put(option.getName(), option.getValue() == null ? "" : option.getValue());
                }
            }
        }

        String text() {
            StringBuilder out = new StringBuilder();
            nameservers.forEach(s -> out.append("nameserver ").append(s).append('\n'));
            if (!searches.isEmpty()) {
                out.append("search ").append(String.join(" ", searches)).append('\n');
            }
            if (!options.isEmpty()) {
                out.append("options");
                options.forEach((k, v) -> out.append(' ').append(v.isEmpty() ? k : k + ":" + v));
                out.append('\n');
            }
            return out.toString();
        }
    }
}
