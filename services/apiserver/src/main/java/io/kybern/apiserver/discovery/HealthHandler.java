package io.kybern.apiserver.discovery;

import io.kybern.apiserver.request.ApiHandler;
import io.kybern.apiserver.request.ApiRequest;
import io.kybern.apiserver.request.ApiResponse;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** {@code /livez}, {@code /readyz} and {@code /healthz}, whole and check by check; see "Kubernetes API health endpoints". */
public final class HealthHandler implements ApiHandler {

    private final String path;
    private final Map<String, Supplier<String>> checks;

    /**
     * A health page.
     *
     * @param path for example {@code readyz}
     * @param checks by name, in order; each answers what is wrong, or empty
     */
    public HealthHandler(String path, Map<String, Supplier<String>> checks) {
        this.path = path;
        this.checks = checks;
    }

    /** The paths that are answered: of all checks together, and of each. */
    public Stream<String> paths() {
        return Stream.concat(Stream.of("/" + path), checks.keySet().stream().map(name -> "/" + path + "/" + name));
    }

    @Override
    public ApiResponse handle(ApiRequest request) {
        String[] parts = request.path().split("/");
        if (parts.length > 2) {
            return single(parts[2]);
        }
        Set<String> excluded = request.query().all("exclude").stream()
                .flatMap(each -> List.of(each.split(",")).stream())
                .collect(Collectors.toSet());
        StringBuilder report = new StringBuilder();
        boolean failed = false;
        for (Map.Entry<String, Supplier<String>> check : checks.entrySet()) {
            if (excluded.contains(check.getKey())) {
                report.append("[+]").append(check.getKey()).append(" excluded: ok\n");
                continue;
            }
            String wrong = check.getValue().get();
            failed |= !wrong.isEmpty();
            report.append(wrong.isEmpty() ? "[+]" : "[-]").append(check.getKey());
            report.append(wrong.isEmpty() ? " ok\n" : " failed: reason withheld\n");
        }
        if (failed) {
            return ApiResponse.text(500, report + path + " check failed\n");
        }
        boolean verbose = request.query().find("verbose").isPresent();
        return ApiResponse.text(200, verbose ? report + path + " check passed\n" : "ok");
    }

    private ApiResponse single(String name) {
        @Nullable Supplier<String> check = checks.get(name);
        if (check == null) {
            return ApiResponse.text(404, "404 page not found\n");
        }
        String wrong = check.get();
        return wrong.isEmpty()
                ? ApiResponse.text(200, "ok")
                : ApiResponse.text(500, "internal server error: " + wrong + "\n");
    }
}
