package io.kybern.node.runtime;

import java.util.Locale;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * What an image may be called. See the <a href="https://pkg.go.dev/github.com/distribution/reference">grammar of
 * references</a> that engines and registries share.
 */
public final class ImageReference {

    private static final String BAD_FORMAT = "invalid reference format";

    /** Longer than any name with a tag and a digest; so no text takes the patterns long. */
    private static final int LONGEST = 1024;

    private static final int LONGEST_NAME = 255;
    private static final String LABEL = "[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?";
    private static final String HOST = "(?:" + LABEL + "(?:\\." + LABEL + ")*|\\[[a-fA-F0-9:]+\\])(?::[0-9]+)?";
    private static final String STEP = "[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*";
    private static final String TAG = "[\\w][\\w.-]{0,127}";
    private static final String DIGEST = "[A-Za-z][A-Za-z0-9]*(?:[-_+.][A-Za-z][A-Za-z0-9]*)*:[0-9a-fA-F]{32,}";
    private static final Pattern WHOLE =
            Pattern.compile("(" + HOST + "/" + STEP + "(?:/" + STEP + ")*)(?::" + TAG + ")?(?:@" + DIGEST + ")?");
    private static final Pattern IDENTIFIER = Pattern.compile("[a-f0-9]{64}");

    private ImageReference() {}

    /** What is wrong with a reference, in the words of kubelets; empty when it is well formed. */
    public static Optional<String> fault(String reference) {
        if (reference.length() > LONGEST) {
            return Optional.of(BAD_FORMAT);
        }
        if (IDENTIFIER.matcher(reference).matches()) {
            return Optional.of(
                    "invalid repository name (" + reference + "), cannot specify 64-byte hexadecimal strings");
        }
        String whole = whole(reference);
        String host = whole.substring(0, whole.indexOf('/'));
        String rest = whole.substring(host.length() + 1);
        int colon = rest.indexOf(':');
        String path = colon < 0 ? rest : rest.substring(0, colon);
        if (!path.equals(path.toLowerCase(Locale.ROOT))) {
            return Optional.of(BAD_FORMAT + ": repository name (" + path + ") must be lowercase");
        }
        var match = WHOLE.matcher(whole);
        if (!match.matches()) {
            return Optional.of(BAD_FORMAT);
        }
        return match.group(1).length() - host.length() - 1 > LONGEST_NAME
                ? Optional.of("repository name must not be more than " + LONGEST_NAME + " characters")
                : Optional.empty();
    }

    /** The registry and the name in it, without tag and digest: {@code docker.io/library/busybox} for {@code busybox:1}. */
    public static String repository(String reference) {
        var match = WHOLE.matcher(whole(reference));
        return reference.length() <= LONGEST && match.matches() ? match.group(1) : reference;
    }

    /** With the registry, and the part of it, that go without saying. */
    private static String whole(String reference) {
        int slash = reference.indexOf('/');
        boolean hosted = slash > 0 && namesHost(reference.substring(0, slash));
        String host = hosted ? reference.substring(0, slash) : "docker.io";
        String rest = hosted ? reference.substring(slash + 1) : reference;
        return host + "/" + (host.equals("docker.io") && rest.indexOf('/') < 0 ? "library/" : "") + rest;
    }

    private static boolean namesHost(String first) {
        return first.indexOf('.') >= 0
                || first.indexOf(':') >= 0
                || first.equals("localhost")
                || !first.equals(first.toLowerCase(Locale.ROOT));
    }
}
