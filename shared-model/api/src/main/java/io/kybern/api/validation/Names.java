package io.kybern.api.validation;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;

/**
 * The names that Kubernetes accepts, and what it says of others. Each method answers the faults of a value, none if it is
 * good. See "Object Names and IDs" and "Labels and Selectors" in the Kubernetes documentation.
 */
public final class Names {

    private static final int LABEL_MAX = 63;
    private static final int SUBDOMAIN_MAX = 253;
    private static final int PORT_NAME_MAX = 15;

    private static final Rule DNS_1123_LABEL = new Rule(
            "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end"
                    + " with an alphanumeric character",
            "[a-z0-9]([-a-z0-9]*[a-z0-9])?",
            "my-name",
            "123-abc");
    private static final Rule DNS_1123_SUBDOMAIN = new Rule(
            "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start"
                    + " and end with an alphanumeric character",
            "[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*",
            "example.com");
    private static final Rule DNS_1035_LABEL = new Rule(
            "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic"
                    + " character, and end with an alphanumeric character",
            "[a-z]([-a-z0-9]*[a-z0-9])?",
            "my-name",
            "abc-123");
    private static final Rule WILDCARD_SUBDOMAIN = new Rule(
            "a wildcard DNS-1123 subdomain must start with '*.', followed by a valid DNS subdomain, which must consist of"
                    + " lower case alphanumeric characters, '-' or '.' and end with an alphanumeric character",
            "\\*\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*",
            "*.example.com");
    private static final Rule QUALIFIED_NAME_PART = new Rule(
            "must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric"
                    + " character",
            "([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]",
            "MyName",
            "my.name",
            "123-abc");
    private static final Rule LABEL_VALUE = new Rule(
            "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start"
                    + " and end with an alphanumeric character",
            "(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?",
            "MyValue",
            "my_value",
            "12345");
    private static final Rule CONFIG_KEY = new Rule(
            "a valid config key must consist of alphanumeric characters, '-', '_' or '.'",
            "[-._a-zA-Z0-9]+",
            "key.name",
            "KEY_NAME",
            "key-name");
    private static final Rule SUBDOMAIN_WITH_UNDERSCORES = new Rule(
            "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '_', '-' or '.', and must"
                    + " start and end with an alphanumeric character",
            "_?[a-z0-9]([-_a-z0-9]*[a-z0-9])?(\\._?[a-z0-9]([-_a-z0-9]*[a-z0-9])?)*",
            "example.com");
    private static final Rule HTTP_HEADER = new Rule(
            "a valid HTTP header must consist of alphanumeric characters or '-'", "[-A-Za-z0-9]+", "X-Header-Name");
    private static final Pattern ENVIRONMENT_VARIABLE = Pattern.compile("[ -<>-~]*");
    private static final Rule C_IDENTIFIER = new Rule(
            "a valid C identifier must start with alphabetic character or '_', followed by a string of alphanumeric"
                    + " characters or '_'",
            "[A-Za-z_][A-Za-z0-9_]*",
            "my_name",
            "MY_NAME",
            "MyName");

    private static final Pattern PORT_CHARACTERS = Pattern.compile("[-a-z0-9]+");

    private Names() {}

    /** A label of a DNS name (RFC 1123): namespaces, containers, volumes. */
    public static List<String> dns1123Label(String value) {
        if (!DNS_1123_LABEL.matches(value) && DNS_1123_SUBDOMAIN.matches(value)) {
            return value.length() > LABEL_MAX
                    ? List.of(tooLong(LABEL_MAX), "must not contain dots")
                    : List.of("must not contain dots");
        }
        return DNS_1123_LABEL.faults(value, LABEL_MAX);
    }

    /** A DNS name (RFC 1123): most objects. */
    public static List<String> dns1123Subdomain(String value) {
        return DNS_1123_SUBDOMAIN.faults(value, SUBDOMAIN_MAX);
    }

    /** A DNS name that may have underscores: what a resolver searches. */
    public static List<String> subdomainWithUnderscores(String value) {
        return SUBDOMAIN_WITH_UNDERSCORES.faults(value, SUBDOMAIN_MAX);
    }

    /** The name of a header of an HTTP request. */
    public static List<String> httpHeader(String value) {
        return HTTP_HEADER.faults(value, Integer.MAX_VALUE);
    }

    /** A label that starts with a letter (RFC 1035): Services. */
    public static List<String> dns1035Label(String value) {
        return DNS_1035_LABEL.faults(value, LABEL_MAX);
    }

    /** A DNS name of which the first label is {@code *}: hosts of an Ingress. */
    public static List<String> wildcardSubdomain(String value) {
        return WILDCARD_SUBDOMAIN.faults(value, SUBDOMAIN_MAX);
    }

    /** The key of a label, an annotation, a taint, a resource: an optional DNS prefix, a slash, a name. */
    public static List<String> qualifiedName(String value) {
        String[] parts = value.split("/", -1);
        if (parts.length > 2) {
            return List.of("a qualified name " + QUALIFIED_NAME_PART.message()
                    + " with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')");
        }
        List<String> faults = new ArrayList<>();
        if (parts.length == 2) {
            if (parts[0].isEmpty()) {
                faults.add("prefix part must be non-empty");
            } else {
                dns1123Subdomain(parts[0]).forEach(fault -> faults.add("prefix part " + fault));
            }
        }
        String name = parts[parts.length - 1];
        if (name.isEmpty()) {
            faults.add("name part must be non-empty");
        } else if (name.length() > LABEL_MAX) {
            faults.add("name part " + tooLong(LABEL_MAX));
        }
        if (!QUALIFIED_NAME_PART.matches(name)) {
            faults.add("name part " + QUALIFIED_NAME_PART.message());
        }
        return faults;
    }

    /** The value of a label. */
    public static List<String> labelValue(String value) {
        return LABEL_VALUE.faults(value, LABEL_MAX);
    }

    /** A key of a ConfigMap or Secret. */
    public static List<String> configKey(String value) {
        List<String> faults = new ArrayList<>(CONFIG_KEY.faults(value, SUBDOMAIN_MAX));
        if (value.equals(".")) {
            faults.add("must not be '.'");
        } else if (value.equals("..")) {
            faults.add("must not be '..'");
        } else if (value.startsWith("..")) {
            faults.add("must not start with '..'");
        }
        return faults;
    }

    /** The name of an environment variable, relaxed as since Kubernetes 1.34: any printable ASCII but the equals sign. */
    public static List<String> environmentVariable(String value) {
        if (value.isEmpty()) {
            return List.of("environment variable name must be non-empty");
        }
        return ENVIRONMENT_VARIABLE.matcher(value).matches()
                ? List.of()
                : List.of("a valid environment variable name must consist only of printable ASCII characters other than"
                        + " '='");
    }

    /** An identifier of the C language. */
    public static List<String> cIdentifier(String value) {
        return C_IDENTIFIER.faults(value, Integer.MAX_VALUE);
    }

    /** The name of a port of a container or Service. */
    public static List<String> portName(String value) {
        List<String> faults = new ArrayList<>();
        if (value.length() > PORT_NAME_MAX) {
            faults.add(tooLong(PORT_NAME_MAX));
        }
        if (!PORT_CHARACTERS.matcher(value).matches()) {
            faults.add("must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)");
        }
        if (value.chars().noneMatch(c -> c >= 'a' && c <= 'z')) {
            faults.add("must contain at least one letter (a-z)");
        }
        if (value.contains("--")) {
            faults.add("must not contain consecutive hyphens");
        }
        if (value.startsWith("-") || value.endsWith("-")) {
            faults.add("must not begin or end with a hyphen");
        }
        return faults;
    }

    /** The number of a port. */
    public static List<String> portNumber(long value) {
        return value >= 1 && value <= 65535 ? List.of() : List.of("must be between 1 and 65535, inclusive");
    }

    private static String tooLong(int max) {
        return "must be no more than " + max + " characters";
    }

    private record Rule(String text, String expression, Pattern pattern, List<String> examples) {

        Rule(String text, String expression, String... examples) {
            this(text, expression, Pattern.compile(expression), List.of(examples));
        }

        boolean matches(String value) {
            return pattern.matcher(value).matches();
        }

        List<String> faults(String value, int max) {
            List<String> faults = new ArrayList<>();
            if (value.length() > max) {
                faults.add(tooLong(max));
            }
            if (!matches(value)) {
                faults.add(message());
            }
            return faults;
        }

        /** The rule with its examples, joined as Kubernetes joins them, the doubled space included. */
        String message() {
            StringBuilder message = new StringBuilder(text).append(" (");
            if (!examples.isEmpty()) {
                message.append("e.g. ");
                for (int i = 0; i < examples.size(); i++) {
                    message.append(i > 0 ? " or '" : "'")
                            .append(examples.get(i))
                            .append("', ");
                }
            }
            return message.append("regex used for validation is '")
                    .append(expression)
                    .append("')")
                    .toString();
        }
    }
}
