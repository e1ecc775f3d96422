package io.kybern.apiserver.registry.networking;

import io.kybern.api.ResourceType;
import io.kybern.api.validation.FieldError;
import io.kybern.api.validation.FieldPath;
import io.kybern.apiserver.registry.GenericStrategy;
import io.kybern.apiserver.registry.IpRules;
import io.kybern.apiserver.registry.TableShape;
import java.util.List;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * ServiceCIDRs: ranges that only ever gain the other family of addresses. See <a
 * href="https://kubernetes.io/docs/reference/networking/virtual-ips/#service-cidr-objects">ServiceCIDR objects</a>.
 */
public final class ServiceCidrStrategy extends GenericStrategy {

    private static final FieldPath CIDRS = FieldPath.of("spec", "cidrs");

    /** The ranges of the API. */
    public ServiceCidrStrategy(ResourceType type, TableShape table) {
        super(type, table);
    }

    @Override
    protected boolean countsGeneration() {
        return false;
    }

    @Override
    protected void validate(ObjectNode range, List<FieldError> errors) {
        JsonNode cidrs = range.path("spec").path("cidrs");
        if (cidrs.isEmpty()) {
            errors.add(FieldError.required(CIDRS, "at least one CIDR required"));
            return;
        }
        if (cidrs.size() > 2) {
            errors.add(FieldError.invalid(CIDRS, range.path("spec"), "may only hold up to 2 values"));
            return;
        }
        boolean readable = true;
        int index = 0;
        for (JsonNode each : cidrs) {
            String cidr = each.asString("");
            FieldPath field = CIDRS.index(index++);
            List<String> faults = IpRules.rangeFaults(cidr);
            faults.forEach(fault -> errors.add(FieldError.invalid(field, cidr, fault)));
            readable &= faults.isEmpty();
        }
        if (readable && cidrs.size() == 2 && isV6(cidrs.path(0)) == isV6(cidrs.path(1))) {
            errors.add(FieldError.invalid(
                    CIDRS,
                    cidrs,
                    "may specify no more than one IP for each IP family, i.e 192.168.0.0/24 and 2001:db8::/64"));
        }
    }

    private static boolean isV6(JsonNode cidr) {
        return cidr.asString("").indexOf(':') >= 0;
    }

    @Override
    protected void validateChange(ObjectNode range, ObjectNode old, List<FieldError> errors) {
        JsonNode now = range.path("spec").path("cidrs");
        JsonNode before = old.path("spec").path("cidrs");
        boolean gains = before.size() == 1 && now.size() == 2;
        if (!gains && now.size() != before.size()) {
            errors.add(FieldError.invalid(CIDRS, now, "field is immutable"));
            return;
        }
        for (int i = 0; i < before.size(); i++) {
            if (!now.path(i).equals(before.path(i))) {
                errors.add(FieldError.invalid(CIDRS.index(i), now.path(i), "field is immutable"));
            }
        }
        if (gains) {
            validate(range, errors);
        }
    }
}
