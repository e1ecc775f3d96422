package io.kybern.apiserver.cel;

import dev.cel.common.types.CelType;
import dev.cel.common.types.ListType;
import dev.cel.common.types.OpaqueType;
import dev.cel.common.types.OptionalType;
import dev.cel.common.types.SimpleType;
import io.kybern.api.validation.Names;
import java.net.URI;
import java.net.URISyntaxException;
import java.time.DateTimeException;
import java.time.LocalDate;
import java.time.OffsetDateTime;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.regex.Pattern;

/** The formats of Kubernetes' own names and values, to validate strings by. */
final class FormatFunctions {

    private static final CelType FORMAT = OpaqueType.create("kubernetes.NamedFormat");
    private static final Pattern UUID =
            Pattern.compile("(?i)[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}");

    private FormatFunctions() {}

    record Format(String name, Function<String, List<String>> faults) {}

    private static Map<String, Format> formats() {
        Map<String, Function<String, List<String>>> rules = new LinkedHashMap<>();
        rules.put("dns1123Label", Names::dns1123Label);
        rules.put("dns1123Subdomain", Names::dns1123Subdomain);
        rules.put("dns1035Label", Names::dns1035Label);
        rules.put("qualifiedName", Names::qualifiedName);
        rules.put("dns1123LabelPrefix", text -> Names.dns1123Label(prefix(text)));
        rules.put("dns1123SubdomainPrefix", text -> Names.dns1123Subdomain(prefix(text)));
        rules.put("dns1035LabelPrefix", text -> Names.dns1035Label(prefix(text)));
        rules.put("labelValue", Names::labelValue);
        rules.put("uri", rule(FormatFunctions::isUri, "invalid URI"));
        rules.put("uuid", rule(text -> UUID.matcher(text).matches(), "does not match the UUID format"));
        rules.put("byte", rule(FormatFunctions::isBase64, "invalid base64"));
        rules.put("date", rule(text -> parses(text, LocalDate::parse), "invalid date"));
        rules.put("datetime", rule(text -> parses(text, OffsetDateTime::parse), "invalid datetime"));
        Map<String, Format> formats = new LinkedHashMap<>();
        rules.forEach((name, faults) -> formats.put(name, new Format(name, faults)));
        return formats;
    }

    static CelFunctions functions() {
        CelFunctions functions = new CelFunctions(Map.of(FORMAT.name(), Format.class));
        Map<String, Format> formats = formats();
        formats.forEach((name, format) ->
                functions.global("format." + name, "format_" + name, FORMAT, List.of(), args -> format));
        return functions
                .global(
                        "format.named",
                        "format_named",
                        OptionalType.create(FORMAT),
                        List.of(SimpleType.STRING),
                        args -> Optional.ofNullable(formats.get((String) args[0])))
                .member(
                        "validate",
                        "format_validate",
                        OptionalType.create(ListType.create(SimpleType.STRING)),
                        List.of(FORMAT, SimpleType.STRING),
                        args -> {
                            List<String> faults = ((Format) args[0]).faults().apply((String) args[1]);
                            return faults.isEmpty() ? Optional.empty() : Optional.of(faults);
                        });
    }

    private static String prefix(String text) {
        return text.endsWith("-") ? text.substring(0, text.length() - 1) + "a" : text;
    }

    private static Function<String, List<String>> rule(Predicate<String> fits, String fault) {
        return text -> fits.test(text) ? List.of() : List.of(fault);
    }

    private static boolean isUri(String text) {
        try {
            return new URI(text).getScheme() != null || text.startsWith("/");
        } catch (URISyntaxException e) {
            return false;
        }
    }

    private static boolean isBase64(String text) {
        try {
            Base64.getDecoder().decode(text);
            return true;
        } catch (IllegalArgumentException e) {
            return false;
        }
    }

    private static boolean parses(String text, Function<String, ?> parser) {
        try {
            return parser.apply(text) != null;
        } catch (DateTimeException e) {
            return false;
        }
    }
}
