package io.kybern.dns.core;

import io.kybern.api.ObjectKey;
import io.kybern.dns.wire.Answer;
import io.kybern.dns.wire.Question;
import io.kybern.dns.wire.RecordData;
import io.kybern.dns.wire.RecordType;
import io.kybern.dns.wire.ResourceRecord;
import io.kybern.dns.wire.ResponseCode;
import java.net.InetAddress;
import java.time.Clock;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * Answers questions about the cluster's domain, as in the "Kubernetes DNS-Based Service Discovery" specification, version
 * 1.1.0. A name leads to at most one Service, and to its EndpointSlices by index.
 */
public final class ClusterZone {

    private static final String VERSION = "1.1.0";
    private static final String REVERSE = ".in-addr.arpa";
    private static final Pattern POD_LABEL = Pattern.compile("\\d{1,3}(-\\d{1,3}){3}");
    private static final int TTL_SECONDS = 5;
    private static final int LONGEST_ALIAS_CHAIN = 8;

    private final String domain;
    private final ServiceCatalog catalog;
    private final ServiceNames names;
    private final Clock clock;

    /** @param domain the cluster's domain in lower case, without a final dot */
    public ClusterZone(String domain, ServiceCatalog catalog, Clock clock) {
        this.domain = domain;
        this.catalog = catalog;
        this.names = new ServiceNames(domain, catalog, TTL_SECONDS);
        this.clock = clock;
    }

    /** Answers from the caches; does not block. */
    public Resolution resolve(Question question) {
        return resolve(question, LONGEST_ALIAS_CHAIN);
    }

    private Resolution resolve(Question question, int aliasesLeft) {
        String name = question.name();
        if (name.endsWith(REVERSE)) {
            return reverse(question);
        }
        if (!isInside(name)) {
            return new Resolution.Elsewhere();
        }
        if (!catalog.hasSynced() || aliasesLeft == 0) {
            return new Resolution.Known(Answer.of(ResponseCode.SERVFAIL));
        }
        List<String> labels = labelsFromTop(name);
        Optional<ResourceRecord> alias = names.alias(name, labels);
        if (alias.isPresent() && alias.get().data() instanceof RecordData.Alias(var target)) {
            return question.wants(RecordType.CNAME)
                    ? new Resolution.Known(Answer.of(List.of(alias.get()), List.of()))
                    : follow(question, alias.get(), target, aliasesLeft - 1);
        }
        return new Resolution.Known(records(name, labels)
                .map(records -> answer(question, records))
                .orElseGet(() -> negative(ResponseCode.NXDOMAIN)));
    }

    private Resolution follow(Question question, ResourceRecord alias, String target, int aliasesLeft) {
        if (!isInside(target)) {
            return new Resolution.Alias(alias, target);
        }
        return switch (resolve(new Question(target, question.type()), aliasesLeft)) {
            case Resolution.Known(Answer answer) -> new Resolution.Known(answer.after(alias));
            // the chain leaves the zone: the asker gets the end of it under the name that was asked for
            case Resolution.Alias(ResourceRecord last, String outside) ->
                new Resolution.Alias(new ResourceRecord(alias.name(), TTL_SECONDS, last.data()), outside);
            case Resolution.Elsewhere elsewhere -> elsewhere;
        };
    }

    private boolean isInside(String name) {
        return name.equals(domain) || name.endsWith("." + domain);
    }

    private List<String> labelsFromTop(String name) {
        if (name.equals(domain)) {
            return List.of();
        }
        List<String> labels = Arrays.asList(
                name.substring(0, name.length() - domain.length() - 1).split("\\.", -1));
        Collections.reverse(labels);
        return labels;
    }

    /** The records of a name; empty if the name does not exist, an empty list if there is something below it only. */
    private Optional<List<ResourceRecord>> records(String name, List<String> labels) {
        if (labels.isEmpty()) {
            return Optional.of(List.of(authority(), record(domain, new RecordData.NameServer("ns.dns." + domain))));
        }
        return switch (labels.getFirst()) {
            case "svc" -> names.records(name, labels);
            case "pod" -> podRecords(name, labels);
            case "dns-version" ->
                labels.size() == 1
                        ? Optional.of(List.of(record(name, new RecordData.Text(VERSION))))
                        : Optional.empty();
            default -> Optional.empty();
        };
    }

    private Optional<List<ResourceRecord>> podRecords(String name, List<String> labels) {
        boolean exists = labels.size() == 1 || labels.size() <= 3 && catalog.hasNamespace(labels.get(1));
        if (!exists) {
            return Optional.empty();
        }
        if (labels.size() < 3) {
            return Optional.of(List.of());
        }
        return Optional.of(labels.get(2))
                .filter(label -> POD_LABEL.matcher(label).matches())
                .flatMap(label -> ServiceAddresses.address(label.replace('-', '.')))
                .map(address -> List.of(record(name, new RecordData.Address(address))));
    }

    private Answer answer(Question question, List<ResourceRecord> records) {
        List<ResourceRecord> wanted = records.stream()
                .filter(each -> question.wants(each.data().type()))
                .toList();
        if (wanted.isEmpty()) {
            return negative(ResponseCode.NOERROR);
        }
        List<ResourceRecord> additional = new ArrayList<>();
        for (ResourceRecord each : wanted) {
            if (each.data() instanceof RecordData.ServiceLocation(int ignoredWeight, int ignoredPort, String target)) {
                names.records(target, labelsFromTop(target)).orElse(List.of()).stream()
                        .filter(found -> found.data() instanceof RecordData.Address)
                        .filter(found -> !additional.contains(found))
                        .forEach(additional::add);
            }
        }
        return Answer.of(wanted, additional);
    }

    private Answer negative(ResponseCode code) {
        return new Answer(code, List.of(), List.of(authority()), List.of());
    }

    private ResourceRecord authority() {
        return record(
                domain,
                new RecordData.Authority(
                        "ns.dns." + domain,
                        "hostmaster." + domain,
                        clock.instant().getEpochSecond()));
    }

    /** Addresses that are no Service's and no endpoint's are left to others. */
    private Resolution reverse(Question question) {
        String[] parts = question.name()
                .substring(0, question.name().length() - REVERSE.length())
                .split("\\.", -1);
        if (parts.length != 4) {
            return new Resolution.Elsewhere();
        }
        Optional<InetAddress> address =
                ServiceAddresses.address(parts[3] + "." + parts[2] + "." + parts[1] + "." + parts[0]);
        List<ResourceRecord> pointers = address.stream()
                .flatMap(found -> names.namesOf(found).stream())
                .map(target -> record(question.name(), new RecordData.Pointer(target)))
                .toList();
        return pointers.isEmpty() ? new Resolution.Elsewhere() : new Resolution.Known(answer(question, pointers));
    }

    static ObjectKey key(List<String> labels) {
        return new ObjectKey(labels.get(1), labels.get(2));
    }

    private static ResourceRecord record(String name, RecordData data) {
        return new ResourceRecord(name, TTL_SECONDS, data);
    }
}
