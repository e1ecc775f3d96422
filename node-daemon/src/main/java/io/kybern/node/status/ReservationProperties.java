package io.kybern.node.status;

import io.fabric8.kubernetes.api.model.Quantity;
import java.math.BigDecimal;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BiFunction;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * What of the node is kept from pods, named and written as for kubelets. See <a
 * href="https://kubernetes.io/docs/tasks/administer-cluster/reserve-compute-resources/">Reserve Compute Resources for System
 * Daemons</a>.
 *
 * @param kubeReserved for the node's own daemons, {@code cpu=100m,memory=200Mi,ephemeral-storage=1Gi}
 * @param systemReserved for the rest of the system, written the same way
 */
@ConfigurationProperties("kybern.node-daemon")
public record ReservationProperties(
        @DefaultValue("") String kubeReserved,
        @DefaultValue("") String systemReserved) {

    private static final List<String> RESOURCES = List.of("cpu", "memory", "ephemeral-storage");

    /** Settings that make no sense are refused when the daemon starts. */
    public ReservationProperties {
        sum(kubeReserved, systemReserved);
    }

    /** @param kept what is kept of a resource beside, in bytes, of a capacity */
    public Reservations reservations(BiFunction<String, Long, Long> kept) {
        return new Reservations(sum(kubeReserved, systemReserved), kept);
    }

    private static Map<String, BigDecimal> sum(String... settings) {
        Map<String, BigDecimal> out = new HashMap<>();
        for (String each : String.join(",", settings).split(",")) {
            if (each.isBlank()) {
                continue;
            }
            String[] parts = each.strip().split("=", 2);
            if (parts.length != 2 || !RESOURCES.contains(parts[0].strip())) {
                throw new IllegalArgumentException(
                        "what is reserved looks like cpu=100m,memory=200Mi,ephemeral-storage=1Gi, not " + each);
            }
            BigDecimal amount = new Quantity(parts[1].strip()).getNumericalAmount();
            if (amount.signum() < 0) {
                throw new IllegalArgumentException("what is reserved is not negative, as in " + each);
            }
            out.merge(parts[0].strip(), amount, BigDecimal::add);
        }
        return out;
    }
}
