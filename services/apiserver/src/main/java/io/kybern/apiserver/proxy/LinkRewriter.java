package io.kybern.apiserver.proxy;

import java.net.URI;
import java.net.URISyntaxException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jsoup.Jsoup;
import org.jsoup.nodes.Attribute;
import org.jsoup.nodes.Document;
import org.jsoup.nodes.Element;
import org.jsoup.nodes.Range;
import org.jsoup.parser.Parser;

/**
 * Makes the links of a page that came through a proxy lead through it again: a path that is absolute gets the proxy's path before
 * it. Relative links and those to other hosts stay, and so does every other byte of the page.
 */
final class LinkRewriter {

    /** The attributes that hold links, by element; as the HTML specification lists them. */
    private static final Map<String, Set<String>> LINKS = Map.ofEntries(
            Map.entry("a", Set.of("href")),
            Map.entry("applet", Set.of("codebase")),
            Map.entry("area", Set.of("href")),
            Map.entry("audio", Set.of("src")),
            Map.entry("base", Set.of("href")),
            Map.entry("blockquote", Set.of("cite")),
            Map.entry("body", Set.of("background")),
            Map.entry("button", Set.of("formaction")),
            Map.entry("command", Set.of("icon")),
            Map.entry("del", Set.of("cite")),
            Map.entry("embed", Set.of("src")),
            Map.entry("form", Set.of("action")),
            Map.entry("frame", Set.of("longdesc", "src")),
            Map.entry("head", Set.of("profile")),
            Map.entry("html", Set.of("manifest")),
            Map.entry("iframe", Set.of("longdesc", "src")),
            Map.entry("img", Set.of("longdesc", "src", "usemap")),
            Map.entry("input", Set.of("formaction", "src", "usemap")),
            Map.entry("ins", Set.of("cite")),
            Map.entry("link", Set.of("href")),
            Map.entry("object", Set.of("classid", "codebase", "data", "usemap")),
            Map.entry("q", Set.of("cite")),
            Map.entry("script", Set.of("src")),
            Map.entry("source", Set.of("src")),
            Map.entry("video", Set.of("poster", "src")));

    private final String prefix;
    private final String backend;

    /**
     * @param prefix the path of the proxy, without a slash at its end
     * @param backend host and port of what answered
     */
    LinkRewriter(String prefix, String backend) {
        this.prefix = prefix;
        this.backend = backend;
    }

    private record Splice(int from, int to, String text) {}

    /** The page with its links changed. */
    String page(String html) {
        Document document = Jsoup.parse(html, "", Parser.htmlParser().setTrackPosition(true));
        List<Splice> splices = new ArrayList<>();
        for (Element element : document.getAllElements()) {
            for (String name : LINKS.getOrDefault(element.normalName(), Set.of())) {
                Attribute attribute = element.attribute(name);
                if (attribute == null) {
                    continue;
                }
                String rewritten = link(attribute.getValue());
                Range.AttributeRange range = element.attributes().sourceRange(name);
                if (!rewritten.equals(attribute.getValue())
                        && range.valueRange().isTracked()) {
                    splices.add(new Splice(
                            range.valueRange().startPos(), range.valueRange().endPos(), escaped(rewritten)));
                }
            }
        }
        splices.sort(Comparator.comparingInt(Splice::from).reversed());
        StringBuilder page = new StringBuilder(html);
        splices.forEach(each -> page.replace(each.from, each.to, each.text));
        return page.toString();
    }

    private static String escaped(String value) {
        return value.replace("&", "&amp;").replace("\"", "&quot;").replace("'", "&#39;");
    }

    /** A link, as it leads through the proxy. */
    String link(String link) {
        URI uri;
        try {
            uri = new URI(link.strip());
        } catch (URISyntaxException e) {
            return link;
        }
        String path = uri.getRawPath();
        boolean elsewhere =
                uri.getRawAuthority() != null && !uri.getRawAuthority().equals(backend);
        if (elsewhere || path == null || !path.startsWith("/") || path.startsWith(prefix)) {
            return link;
        }
        StringBuilder through = new StringBuilder(prefix).append(path);
        if (uri.getRawQuery() != null) {
            through.append('?').append(uri.getRawQuery());
        }
        if (uri.getRawFragment() != null) {
            through.append('#').append(uri.getRawFragment());
        }
        return through.toString();
    }
}
