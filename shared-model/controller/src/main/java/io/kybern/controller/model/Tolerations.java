package io.kybern.controller.model;

import io.fabric8.kubernetes.api.model.Taint;
import io.fabric8.kubernetes.api.model.Toleration;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Which taints a list of tolerations covers, as the Kubernetes page "Taints and Tolerations" defines it. */
public final class Tolerations {

    private Tolerations() {}

    /** Whether some toleration covers the taint. */
    public static boolean tolerate(List<Toleration> tolerations, Taint taint) {
        return covering(tolerations, taint).isPresent();
    }

    /** The first toleration that covers the taint. */
    public static Optional<Toleration> covering(List<Toleration> tolerations, Taint taint) {
        for (Toleration toleration : tolerations) {
            if (tolerates(toleration, taint)) {
                return Optional.of(toleration);
            }
        }
        return Optional.empty();
    }

    private static boolean tolerates(Toleration toleration, Taint taint) {
        String effect = text(toleration.getEffect());
        if (!effect.isEmpty() && !effect.equals(taint.getEffect())) {
            return false;
        }
        String key = text(toleration.getKey());
        if (!key.isEmpty() && !key.equals(taint.getKey())) {
            return false;
        }
        return switch (text(toleration.getOperator())) {
            case "", "Equal" -> text(toleration.getValue()).equals(text(taint.getValue()));
            case "Exists" -> true;
            case "Gt" -> compare(taint.getValue(), toleration.getValue()) > 0;
            case "Lt" -> compare(taint.getValue(), toleration.getValue()) < 0;
            default -> false;
        };
    }

    private static int compare(@Nullable String taint, @Nullable String toleration) {
        try {
            return Long.compare(Long.parseLong(text(taint)), Long.parseLong(text(toleration)));
        } catch (NumberFormatException notNumbers) {
            return 0;
        }
    }

    private static String text(@Nullable String value) {
        return value == null ? "" : value;
    }
}
