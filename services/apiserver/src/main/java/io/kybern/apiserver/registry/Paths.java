package io.kybern.apiserver.registry;

import io.kybern.api.validation.FieldError;
import io.kybern.api.validation.FieldPath;
import java.util.Arrays;
import java.util.List;

/** What Kubernetes accepts as paths of files: none that leads out of the directory that it belongs to. */
public final class Paths {

    private static final String UP = "..";

    private Paths() {}

    /** A path below a directory: it starts nowhere else and does not lead out. */
    public static void descending(String path, FieldPath field, List<FieldError> errors) {
        if (path.startsWith("/")) {
            errors.add(FieldError.invalid(field, path, "must be a relative path"));
        }
        noBackSteps(path, field, errors);
    }

    /** The same of a file in a volume whose own files begin with two dots. */
    public static void notReserved(String path, FieldPath field, List<FieldError> errors) {
        descending(path, field, errors);
        if (path.startsWith(UP) && !path.startsWith("../")) {
            errors.add(FieldError.invalid(field, path, "must not start with '..'"));
        }
    }

    /** The path must not lead to a parent directory. */
    public static void noBackSteps(String path, FieldPath field, List<FieldError> errors) {
        if (hasBackSteps(path)) {
            errors.add(FieldError.invalid(field, path, "must not contain '..'"));
        }
    }

    /** Whether a path leads to a parent directory. */
    public static boolean hasBackSteps(String path) {
        return Arrays.asList(path.split("/")).contains(UP);
    }
}
