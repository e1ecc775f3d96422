package io.kybern.apiserver.registry.services;

import io.kybern.api.validation.FieldError;
import io.kybern.api.validation.FieldPath;
import io.kybern.apiserver.registry.Values;
import java.net.InetAddress;
import java.util.List;
import java.util.Optional;

/** The rule for addresses that Services lead to: nothing by which one could reach what belongs to the node alone. */
final class EndpointAddresses {

    private EndpointAddresses() {}

    static void check(String text, FieldPath field, List<FieldError> errors) {
        Optional<InetAddress> address = Values.address(text);
        if (address.isEmpty()) {
            Values.ip(text, field, errors);
            return;
        }
        InetAddress ip = address.get();
        if (ip.isAnyLocalAddress()) {
            errors.add(FieldError.invalid(field, text, "may not be unspecified (0.0.0.0 or ::)"));
        }
        if (ip.isLoopbackAddress()) {
            errors.add(FieldError.invalid(field, text, "may not be in the loopback range (127.0.0.0/8, ::1/128)"));
        }
        if (ip.isLinkLocalAddress()) {
            errors.add(
                    FieldError.invalid(field, text, "may not be in the link-local range (169.254.0.0/16, fe80::/10)"));
        }
        if (ip.isMulticastAddress()) {
            errors.add(FieldError.invalid(
                    field, text, "may not be in the link-local multicast range (224.0.0.0/24, ff02::/10)"));
        }
    }
}
