package io.kybern.apiserver.cel;

import dev.cel.common.types.CelType;
import dev.cel.common.types.ListType;
import dev.cel.common.types.MapType;
import dev.cel.common.types.OpaqueType;
import dev.cel.common.types.SimpleType;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** URLs and their parts. */
final class UrlFunctions {

    private static final CelType URL = OpaqueType.create("kubernetes.URL");
    private static final CelType TEXT = SimpleType.STRING;

    private UrlFunctions() {}

    static CelFunctions functions() {
        return new CelFunctions(Map.of(URL.name(), URI.class))
                .global("url", "string_to_url", URL, List.of(TEXT), args -> parse((String) args[0]))
                .global("isURL", "is_url_string", SimpleType.BOOL, List.of(TEXT), args -> isUrl((String) args[0]))
                .member(
                        "getScheme",
                        "url_get_scheme",
                        TEXT,
                        List.of(URL),
                        args -> orEmpty(url(args).getScheme()))
                .member("getHost", "url_get_host", TEXT, List.of(URL), args -> host(url(args)))
                .member("getHostname", "url_get_hostname", TEXT, List.of(URL), args -> hostName(url(args)))
                .member("getPort", "url_get_port", TEXT, List.of(URL), args -> port(url(args)))
                .member(
                        "getEscapedPath",
                        "url_get_escaped_path",
                        TEXT,
                        List.of(URL),
                        args -> orEmpty(url(args).getRawPath()))
                .member(
                        "getQuery",
                        "url_get_query",
                        MapType.create(TEXT, ListType.create(TEXT)),
                        List.of(URL),
                        args -> query(url(args)));
    }

    private static URI url(Object[] arguments) {
        return (URI) arguments[0];
    }

    private static URI parse(String text) {
        try {
            URI uri = new URI(text);
            if (uri.getScheme() != null || text.startsWith("/")) {
                return uri;
            }
        } catch (URISyntaxException e) {
            throw CelFunctions.failure(
                    "URL parse error during conversion from string: parse \"%s\": %s".formatted(text, e.getReason()));
        }
        throw CelFunctions.failure(
                "URL parse error during conversion from string: parse \"%s\": invalid URI for request".formatted(text));
    }

    private static boolean isUrl(String text) {
        try {
            return new URI(text).getScheme() != null || text.startsWith("/");
        } catch (URISyntaxException e) {
            return false;
        }
    }

    private static String orEmpty(@org.jspecify.annotations.Nullable String text) {
        return text == null ? "" : text;
    }

    private static String host(URI uri) {
        String authority = orEmpty(uri.getRawAuthority());
        return authority.substring(authority.indexOf('@') + 1);
    }

    private static String hostName(URI uri) {
        String host = host(uri);
        if (host.startsWith("[")) {
            return host.substring(1, Math.max(1, host.indexOf(']')));
        }
        int colon = host.indexOf(':');
        return colon < 0 ? host : host.substring(0, colon);
    }

    private static String port(URI uri) {
        String host = host(uri);
        int colon = host.lastIndexOf(':');
        return colon < 0 || colon < host.lastIndexOf(']') ? "" : host.substring(colon + 1);
    }

    private static Map<String, List<String>> query(URI uri) {
        Map<String, List<String>> query = new LinkedHashMap<>();
        for (String each : orEmpty(uri.getRawQuery()).split("&")) {
            if (!each.isEmpty()) {
                int equals = each.indexOf('=');
                String key = equals < 0 ? each : each.substring(0, equals);
                String value = equals < 0 ? "" : each.substring(equals + 1);
                query.computeIfAbsent(decode(key), any -> new ArrayList<>()).add(decode(value));
            }
        }
        return query;
    }

    private static String decode(String text) {
        return URLDecoder.decode(text, StandardCharsets.UTF_8);
    }
}
