package io.kybern.apiserver.registry.devices;

import io.kybern.api.Quantity;
import io.kybern.api.validation.FieldError;
import io.kybern.api.validation.FieldPath;
import io.kybern.apiserver.registry.Values;
import java.math.BigDecimal;
import java.util.List;
import java.util.Optional;
import tools.jackson.databind.JsonNode;

/** Checks how much of a capacity may be asked for: some amounts, or a range of them with steps. */
final class RequestPolicyRules {

    private static final int MAX_VALUES = 10;

    private RequestPolicyRules() {}

    static void validate(JsonNode capacity, FieldPath field, List<FieldError> errors) {
        JsonNode policy = capacity.path("requestPolicy");
        Quantity all = Values.quantity(capacity.path("value")).orElse(Quantity.ZERO);
        Optional<Quantity> usual = Values.quantity(policy.path("default"));
        boolean values = !policy.path("validValues").isEmpty();
        boolean range = policy.path("validRange").isObject();
        if (values && range) {
            errors.add(FieldError.forbidden(
                    field,
                    "exactly one policy can be specified, cannot specify \"validValues\" and \"validRange\" at the same"
                            + " time"));
        } else if ((values || range) && usual.isEmpty()) {
            errors.add(FieldError.required(
                    field.child("default"),
                    "required when %s is defined".formatted(values ? "validValues" : "validRange")));
        } else if (values) {
            values(policy.path("validValues"), usual.orElseThrow(), all, field.child("validValues"), errors);
        } else if (range) {
            range(policy.path("validRange"), usual.orElseThrow(), all, field.child("validRange"), errors);
        }
    }

    private static void values(
            JsonNode values, Quantity usual, Quantity all, FieldPath field, List<FieldError> errors) {
        List<Quantity> amounts = values.valueStream()
                .map(value -> Values.quantity(value).orElse(Quantity.ZERO))
                .toList();
        for (int i = 1; i < amounts.size(); i++) {
            if (amounts.get(i - 1).compareTo(amounts.get(i)) > 0) {
                errors.add(FieldError.invalid(
                        field.index(i), amounts.get(i).canonical(), "values must be sorted in ascending order"));
            }
        }
        Items.distinct(values, MAX_VALUES, field, value -> value.asString(""), errors, (value, each) -> {
            Quantity amount = Values.quantity(value).orElse(Quantity.ZERO);
            if (amount.compareTo(all) > 0) {
                errors.add(FieldError.invalid(
                        each, amount.canonical(), "option is larger than capacity value: " + all.canonical()));
            }
        });
        if (amounts.stream().noneMatch(amount -> amount.compareTo(usual) == 0)) {
            errors.add(FieldError.invalid(
                    field, usual.canonical(), "default value is not valid according to the requestPolicy"));
        }
    }

    private static void range(JsonNode range, Quantity usual, Quantity all, FieldPath field, List<FieldError> errors) {
        Optional<Quantity> least = Values.quantity(range.path("min"));
        if (least.isEmpty()) {
            errors.add(FieldError.required(field.child("min"), "required when validRange is defined"));
            return;
        }
        Quantity min = least.get();
        notMore(min, all, field.child("min"), "min is larger than capacity value: ", errors);
        notMore(min, usual, usual, field.child("default"), "default is less than min: " + min.canonical(), errors);
        Optional<Quantity> most = Values.quantity(range.path("max"));
        most.ifPresent(max -> {
            notMore(min, max, field.child("max"), "min is larger than max: ", errors);
            notMore(max, all, field.child("max"), "max is larger than capacity value: ", errors);
            notMore(usual, max, field.child("default"), "default is more than max: ", errors);
        });
        step(range, min, usual, all, field, errors);
    }

    private static void step(
            JsonNode range, Quantity min, Quantity usual, Quantity all, FieldPath field, List<FieldError> errors) {
        if (!range.has("step")) {
            return;
        }
        Quantity step = Values.quantity(range.path("step")).orElse(Quantity.ZERO);
        FieldPath where = field.child("step");
        if (step.compareTo(Quantity.ZERO) <= 0) {
            errors.add(FieldError.invalid(where, step.canonical(), "must be greater than zero"));
            return;
        }
        Quantity first = min.add(step);
        if (first.compareTo(all) > 0) {
            errors.add(FieldError.invalid(
                    where,
                    step.canonical(),
                    "one step %s is larger than capacity value: %s".formatted(first.canonical(), all.canonical())));
        }
        onStep(usual, min, step, where, errors);
        Values.quantity(range.path("max")).ifPresent(max -> onStep(max, min, step, where, errors));
    }

    private static void onStep(Quantity value, Quantity min, Quantity step, FieldPath field, List<FieldError> errors) {
        BigDecimal rest = value.value().subtract(min.value()).remainder(step.value());
        if (rest.signum() != 0) {
            errors.add(FieldError.invalid(
                    field,
                    value.canonical(),
                    "value is not a multiple of a given step (%s) from (%s)"
                            .formatted(step.canonical(), min.canonical())));
        }
    }

    private static void notMore(Quantity less, Quantity more, FieldPath field, String fault, List<FieldError> errors) {
        notMore(less, more, less, field, fault + more.canonical(), errors);
    }

    private static void notMore(
            Quantity less, Quantity more, Quantity shown, FieldPath field, String fault, List<FieldError> errors) {
        if (less.compareTo(more) > 0) {
            errors.add(FieldError.invalid(field, shown.canonical(), fault));
        }
    }
}
