package io.kybern.apiserver.registry.devices;

import io.kybern.api.validation.FieldError;
import io.kybern.api.validation.FieldPath;
import io.kybern.api.validation.Names;
import io.kybern.apiserver.registry.volumes.DriverNames;
import java.util.List;

/** The names of drivers, pools, devices, attributes and requests. */
final class DeviceNames {

    private static final int MAX_ID = 32;
    private static final int MAX_POOL = 253;

    private DeviceNames() {}

    static void driver(String name, FieldPath field, List<FieldError> errors) {
        DriverNames.validate(name, field, errors);
    }

    /** A device, a request, a set of counters. */
    static void label(String name, FieldPath field, List<FieldError> errors) {
        Names.dns1123Label(name).forEach(fault -> errors.add(FieldError.invalid(field, name, fault)));
    }

    static void pool(String name, FieldPath field, List<FieldError> errors) {
        if (name.isEmpty()) {
            errors.add(FieldError.required(field, ""));
            return;
        }
        if (name.length() > MAX_POOL) {
            errors.add(FieldError.tooLong(field, MAX_POOL));
        }
        for (String part : name.split("/", -1)) {
            Names.dns1123Subdomain(part).forEach(fault -> errors.add(FieldError.invalid(field, part, fault)));
        }
    }

    static void className(String name, FieldPath field, List<FieldError> errors) {
        if (name.isEmpty()) {
            errors.add(FieldError.required(field, ""));
        } else {
            Names.dns1123Subdomain(name).forEach(fault -> errors.add(FieldError.invalid(field, name, fault)));
        }
    }

    /** An attribute or a capacity: an identifier, maybe with the domain that it is of. */
    static void qualified(String name, FieldPath field, List<FieldError> errors) {
        String[] parts = name.split("/", -1);
        if (parts.length > 2) {
            errors.add(FieldError.invalid(field, name, "must not contain more than one slash"));
        } else if (parts.length == 1) {
            identifier(name, field, errors);
        } else {
            if (parts[0].isEmpty()) {
                errors.add(FieldError.invalid(field, "", "the domain must not be empty"));
            } else {
                driver(parts[0], field, errors);
            }
            if (parts[1].isEmpty()) {
                errors.add(FieldError.invalid(field, "", "the name must not be empty"));
            } else {
                identifier(parts[1], field, errors);
            }
        }
    }

    /** The same with its domain. */
    static void fullyQualified(String name, FieldPath field, List<FieldError> errors) {
        qualified(name, field, errors);
        if (!name.contains("/")) {
            errors.add(FieldError.invalid(
                    field, name, "a fully qualified name must be a domain and a name separated by a slash"));
        }
    }

    private static void identifier(String name, FieldPath field, List<FieldError> errors) {
        if (name.length() > MAX_ID) {
            errors.add(FieldError.tooLong(field, MAX_ID));
        }
        Names.cIdentifier(name).forEach(fault -> errors.add(FieldError.invalid(field, name, fault)));
    }
}
