package io.kybern.schema;

import io.kybern.api.ResourceRegistry;
import io.kybern.api.ResourceType;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.security.DigestOutputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.zip.GZIPInputStream;
import java.util.zip.GZIPOutputStream;
import org.jspecify.annotations.Nullable;

/**
 * The OpenAPI documents that the API server publishes: paths and operations of every registered resource, and the schemas
 * that they use. Documents are made when they are first asked for (call {@link #prepare} early, on a thread of its own, so
 * that no client waits) and kept compressed, about a tenth of their size. Safe to share.
 *
 * @see <a href="https://kubernetes.io/docs/concepts/overview/kubernetes-api/#openapi-interface-definition">OpenAPI</a>
 */
public final class OpenApi {

    /** The release whose API this is. */
    private static final String VERSION = "v1.36.0";

    /** A document as it is kept. */
    private record Packed(byte[] gzip, String hash) {}

    private final SchemaCatalog catalog;
    private final ResourceRegistry registry;
    private @Nullable Packed v2;
    private @Nullable Map<String, Packed> v3;
    private Map<String, List<CustomSchema>> custom = Map.of();
    private final Map<String, PackedCustom> customV3 = new HashMap<>();
    private volatile long generation;

    /** The document of a group version of custom resources, and what it was made of. */
    private record PackedCustom(List<CustomSchema> schemas, Packed packed) {}

    /**
     * Makes nothing yet.
     */
    public OpenApi(SchemaCatalog catalog, ResourceRegistry registry) {
        this.catalog = catalog;
        this.registry = registry;
    }

    /**
     * Replaces what is told of custom resources; only documents that are concerned are made anew, when they are asked for. A group
     * version that is built in keeps its document.
     */
    public synchronized void replaceCustom(Collection<CustomSchema> schemas) {
        Map<String, List<CustomSchema>> byPath = new LinkedHashMap<>();
        for (CustomSchema schema : schemas) {
            byPath.computeIfAbsent(path(schema.type()), key -> new ArrayList<>())
                    .add(schema);
        }
        registry.builtInTypes().forEach(type -> byPath.remove(path(type)));
        if (!byPath.equals(custom)) {
            custom = byPath;
            customV3.keySet().retainAll(byPath.keySet());
            v2 = null;
            generation++;
        }
    }

    /** Counts up whenever {@link #replaceCustom} changed something. */
    public long generation() {
        return generation;
    }

    private static String path(ResourceType type) {
        return type.gvr().prefix().substring(1);
    }

    /** Makes all documents; takes about a second of one processor. */
    public void prepare() {
        packedV3();
        packedV2();
    }

    /** The whole API as one OpenAPI 2 document, JSON. */
    public byte[] v2() {
        return unpack(packedV2());
    }

    /** The same, compressed with gzip. */
    public byte[] v2Gzip() {
        return packedV2().gzip().clone();
    }

    /** A hash of the OpenAPI 2 document, for its entity tag. */
    public String v2Hash() {
        return packedV2().hash();
    }

    /** What {@code /openapi/v3} answers: the address of each group version's document, with its hash, JSON. */
    public byte[] v3Index() {
        return OpenApiWriter.index(hashes());
    }

    /** The hash of each OpenAPI 3 document, by path. */
    public Map<String, String> hashes() {
        Map<String, String> hashes = new LinkedHashMap<>();
        packedV3().forEach((path, packed) -> hashes.put(path, packed.hash()));
        return hashes;
    }

    /** The OpenAPI 3 document of one group version, for example of {@code apis/apps/v1}, JSON; empty if there is none. */
    public Optional<byte[]> v3(String groupVersionPath) {
        return Optional.ofNullable(packedV3().get(groupVersionPath)).map(OpenApi::unpack);
    }

    /** The same, compressed with gzip. */
    public Optional<byte[]> v3Gzip(String groupVersionPath) {
        return Optional.ofNullable(packedV3().get(groupVersionPath))
                .map(packed -> packed.gzip().clone());
    }

    private synchronized Packed packedV2() {
        Packed known = v2;
        if (known == null) {
            List<CustomSchema> schemas =
                    custom.values().stream().flatMap(List::stream).toList();
            List<ResourceType> types = new ArrayList<>(registry.builtInTypes());
            schemas.forEach(each -> types.add(each.type()));
            known = pack(new CustomDefinitions(catalog, schemas, OpenApiDialect.V2), OpenApiDialect.V2, types);
            v2 = known;
        }
        return known;
    }

    private synchronized Map<String, Packed> packedV3() {
        Map<String, Packed> known = v3;
        if (known == null) {
            Map<String, List<ResourceType>> byPath = new LinkedHashMap<>();
            for (ResourceType type : registry.builtInTypes()) {
                byPath.computeIfAbsent(path(type), key -> new ArrayList<>()).add(type);
            }
            Map<String, Packed> packed = new LinkedHashMap<>();
            byPath.forEach((path, types) -> packed.put(path, pack(catalog, OpenApiDialect.V3, types)));
            known = packed;
            v3 = known;
        }
        if (custom.isEmpty()) {
            return known;
        }
        Map<String, Packed> all = new LinkedHashMap<>(known);
        custom.forEach((path, schemas) -> all.put(path, packedCustom(path, schemas)));
        return all;
    }

    private Packed packedCustom(String path, List<CustomSchema> schemas) {
        PackedCustom known = customV3.get(path);
        if (known == null || !known.schemas().equals(schemas)) {
            OpenApiDefinitions definitions = new CustomDefinitions(catalog, schemas, OpenApiDialect.V3);
            List<ResourceType> types = schemas.stream().map(CustomSchema::type).toList();
            known = new PackedCustom(schemas, pack(definitions, OpenApiDialect.V3, types));
            customV3.put(path, known);
        }
        return known.packed();
    }

    private static Packed pack(OpenApiDefinitions definitions, OpenApiDialect dialect, Collection<ResourceType> types) {
        ByteArrayOutputStream packed = new ByteArrayOutputStream();
        MessageDigest digest = sha256();
        try (OutputStream gzip = new GZIPOutputStream(packed);
                OutputStream out = new DigestOutputStream(gzip, digest)) {
            new OpenApiWriter(definitions, dialect, VERSION).write(types, out);
        } catch (IOException e) {
            throw new UncheckedIOException("a document in memory could not be written", e);
        }
        return new Packed(packed.toByteArray(), HexFormat.of().withUpperCase().formatHex(digest.digest()));
    }

    private static byte[] unpack(Packed packed) {
        try (GZIPInputStream in = new GZIPInputStream(new ByteArrayInputStream(packed.gzip()))) {
            return in.readAllBytes();
        } catch (IOException e) {
            throw new UncheckedIOException("a document in memory could not be read", e);
        }
    }

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }
}
