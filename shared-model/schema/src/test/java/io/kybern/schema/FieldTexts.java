package io.kybern.schema;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.net.JarURLConnection;
import java.net.URL;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.jar.JarEntry;
import java.util.jar.JarFile;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The descriptions of fields whose type is another definition. The models leave them out; the comments in the sources of the
 * official protobuf classes have them.
 */
final class FieldTexts {

    private static final String SOURCES = "io/kubernetes/client/proto/";
    private static final Pattern MESSAGE = Pattern.compile("interface_extends:k8s\\.io\\.([A-Za-z0-9_.]+)");
    private static final Pattern FIELD = Pattern.compile("<code>.* ([A-Za-z0-9_]+) = \\d+;</code>");

    /** Markers and notes that are not published. */
    private static final Pattern FOR_AUTHORS = Pattern.compile("\\+|TO(DO)");

    /** Messages whose fields stand directly in another one's JSON. */
    private static final Map<String, List<String>> INLINED = Map.of(
            "Volume", List.of("VolumeSource"),
            "Probe", List.of("ProbeHandler"),
            "EphemeralContainer", List.of("EphemeralContainerCommon"),
            "PersistentVolumeSpec", List.of("PersistentVolumeSource"));

    private final Map<String, Map<String, String>> texts = new HashMap<>();

    static FieldTexts read() {
        FieldTexts texts = new FieldTexts();
        URL url = Objects.requireNonNull(
                FieldTexts.class.getResource("/" + SOURCES + "V1.java"),
                "the protobuf sources are not on the class path");
        try (JarFile jar = ((JarURLConnection) url.openConnection()).getJarFile()) {
            for (JarEntry entry : jar.stream().toList()) {
                if (entry.getName().startsWith(SOURCES)
                        && entry.getName().matches(".*/(V1|V2)?([A-Z][a-z]*)?\\.java")) {
                    texts.read(new BufferedReader(
                            new InputStreamReader(jar.getInputStream(entry), StandardCharsets.UTF_8)));
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return texts;
    }

    /** The description of a field; empty if there is none. */
    String of(String definition, String field) {
        String text = texts.getOrDefault(definition, Map.of()).getOrDefault(field, "");
        int dot = definition.lastIndexOf('.');
        for (String inlined : INLINED.getOrDefault(definition.substring(dot + 1), List.of())) {
            if (text.isEmpty()) {
                text = texts.getOrDefault(definition.substring(0, dot + 1) + inlined, Map.of())
                        .getOrDefault(field, "");
            }
        }
        return text;
    }

    private void read(BufferedReader source) throws IOException {
        Map<String, String> fields = new HashMap<>();
        List<String> comment = new ArrayList<>();
        boolean inText = false;
        for (String line = source.readLine(); line != null; line = source.readLine()) {
            Matcher message = MESSAGE.matcher(line);
            String bare = line.strip();
            if (message.find()) {
                String name = "io.k8s." + message.group(1).replace('_', '-');
                fields = texts.computeIfAbsent(name, key -> new HashMap<>());
            } else if (bare.startsWith("public static final class")) {
                fields = new HashMap<>();
            } else if (bare.equals("* <pre>")) {
                inText = true;
                comment.clear();
            } else if (bare.equals("* </pre>")) {
                inText = false;
            } else if (inText) {
                comment.add(bare.length() > 2 ? bare.substring(2) : "");
            } else {
                Matcher field = FIELD.matcher(bare);
                if (field.find()) {
                    fields.putIfAbsent(field.group(1), text(comment));
                    comment.clear();
                } else if (bare.equals("/**")) {
                    comment.clear();
                }
            }
        }
    }

    /** Joins lines into paragraphs, as the published documents have them; markers and what follows a rule are left out. */
    private static String text(List<String> lines) {
        StringBuilder text = new StringBuilder();
        for (String line : lines) {
            String bare = line.strip();
            if (bare.equals("---")) {
                break;
            }
            if (bare.isEmpty()) {
                text.append("\n\n");
            } else if (!FOR_AUTHORS.matcher(bare).lookingAt()) {
                text.append(line.startsWith(" ") ? "\n" + line + "\n" : line + " ");
            }
        }
        return text.toString()
                .replaceAll(" +\n", "\n")
                .replace("&lt;", "<")
                .replace("&gt;", ">")
                .replace("&quot;", "\"")
                .replace("&#64;", "@")
                .replace("&#42;", "*")
                .replace("&#47;", "/")
                .replace("&amp;", "&")
                .strip();
    }
}
