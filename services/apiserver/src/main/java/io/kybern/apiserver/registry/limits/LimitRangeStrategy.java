package io.kybern.apiserver.registry.limits;

import io.kybern.api.Quantity;
import io.kybern.api.ResourceType;
import io.kybern.api.validation.FieldError;
import io.kybern.api.validation.FieldPath;
import io.kybern.api.validation.Names;
import io.kybern.apiserver.registry.Absent;
import io.kybern.apiserver.registry.GenericStrategy;
import io.kybern.apiserver.registry.TableShape;
import io.kybern.apiserver.registry.Values;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** LimitRanges: defaults follow the bounds where nothing else is said. */
public final class LimitRangeStrategy extends GenericStrategy {

    private static final FieldPath LIMITS = FieldPath.of("spec", "limits");

    /** A bound is right; a default that does not keep to it is wrong. */
    private static final List<Order> ORDER = List.of(
            new Order("min", "max", "min", "min value %s is greater than max value %s"),
            new Order(
                    "min", "defaultRequest", "defaultRequest", "min value %s is greater than default request value %s"),
            new Order(
                    "defaultRequest", "max", "defaultRequest", "default request value %s is greater than max value %s"),
            new Order(
                    "defaultRequest",
                    "default",
                    "defaultRequest",
                    "default request value %s is greater than default limit value %s"),
            new Order("min", "default", "default", "min value %s is greater than default value %s"),
            new Order("default", "max", "default", "default value %s is greater than max value %s"));

    /** The limit ranges of the API. */
    public LimitRangeStrategy(ResourceType type, TableShape table) {
        super(type, table);
    }

    @Override
    public void applyDefaults(ObjectNode range) {
        Absent.each(range.path("spec").path("limits"), limit -> {
            if (limit.path("type").asString("").equals("Container")) {
                follow(limit, "default", "max");
                follow(limit, "defaultRequest", "default");
                follow(limit, "defaultRequest", "min");
            }
        });
    }

    private static void follow(ObjectNode limit, String follower, String leader) {
        limit.path(leader).properties().forEach(entry -> {
            ObjectNode amounts = Absent.object(limit, follower);
            if (!amounts.has(entry.getKey())) {
                amounts.set(entry.getKey(), entry.getValue());
            }
        });
    }

    @Override
    protected void validate(ObjectNode range, List<FieldError> errors) {
        Set<String> types = new HashSet<>();
        int index = 0;
        for (JsonNode limit : range.path("spec").path("limits")) {
            FieldPath field = LIMITS.index(index++);
            String type = limit.path("type").asString("");
            if (type.isEmpty()) {
                errors.add(FieldError.required(field.child("type"), ""));
            } else if (!types.add(type)) {
                errors.add(FieldError.duplicate(field.child("type"), type));
            }
            if (type.equals("Pod")) {
                forbid(limit, "default", field, errors);
                forbid(limit, "defaultRequest", field, errors);
            }
            amounts(limit, field, errors);
        }
    }

    private static void forbid(JsonNode limit, String amounts, FieldPath field, List<FieldError> errors) {
        if (!limit.path(amounts).isEmpty()) {
            errors.add(FieldError.forbidden(field.child(amounts), "may not be specified when `type` is 'Pod'"));
        }
    }

    private static void amounts(JsonNode limit, FieldPath field, List<FieldError> errors) {
        Set<String> resources = new TreeSet<>();
        for (String list : List.of("max", "min", "default", "defaultRequest", "maxLimitRequestRatio")) {
            for (var entry : limit.path(list).properties()) {
                resources.add(entry.getKey());
                Names.qualifiedName(entry.getKey())
                        .forEach(fault -> errors.add(
                                FieldError.invalid(field.child(list).key(entry.getKey()), entry.getKey(), fault)));
            }
        }
        for (String resource : resources) {
            ORDER.forEach(order -> order.check(limit, resource, field, errors));
        }
    }

    /** One amount that may not be greater than another; {@code wrong} says which of the two is at fault. */
    private record Order(String lower, String upper, String wrong, String message) {

        void check(JsonNode limit, String resource, FieldPath field, List<FieldError> errors) {
            Optional<Quantity> small = Values.quantity(limit.path(lower).path(resource));
            Optional<Quantity> large = Values.quantity(limit.path(upper).path(resource));
            if (small.isPresent() && large.isPresent() && small.get().compareTo(large.get()) > 0) {
                errors.add(FieldError.invalid(
                        field.child(wrong).key(resource),
                        small.get().canonical(),
                        message.formatted(small.get().canonical(), large.get().canonical())));
            }
        }
    }
}
