package io.kybern.apiserver;

import io.kybern.api.ResourceRegistry;
import io.kybern.api.ResourceType;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import tools.jackson.databind.node.ObjectNode;

/**
 * The ConfigMap {@code kube-system/extension-apiserver-authentication}: what other API servers need to know to trust this one as the
 * proxy in front of them, and to know clients by their certificates. See "Configure the Aggregation Layer".
 */
final class ExtensionAuthentication {

    private final PublishedObjects objects;
    private final ResourceType configMaps;
    private final Path pki;

    ExtensionAuthentication(PublishedObjects objects, ResourceRegistry registry, Path pki) {
        this.objects = objects;
        this.configMaps = registry.require("", "v1", "configmaps");
        this.pki = pki;
    }

    /** Brings it up to date. */
    void publish() {
        ObjectNode map = objects.object(configMaps, "kube-system", "extension-apiserver-authentication");
        ObjectNode data = map.putObject("data");
        text("ca.crt").ifPresent(authority -> data.put("client-ca-file", authority));
        text("front-proxy-ca.crt").ifPresent(authority -> data.put("requestheader-client-ca-file", authority)
                .put("requestheader-allowed-names", "[\"front-proxy-client\"]")
                .put("requestheader-extra-headers-prefix", "[\"X-Remote-Extra-\"]")
                .put("requestheader-group-headers", "[\"X-Remote-Group\"]")
                .put("requestheader-uid-headers", "[\"X-Remote-Uid\"]")
                .put("requestheader-username-headers", "[\"X-Remote-User\"]"));
        objects.ensure(configMaps, map, "data");
    }

    private Optional<String> text(String file) {
        Path path = pki.resolve(file);
        try {
            return Files.isReadable(path) ? Optional.of(Files.readString(path)) : Optional.empty();
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read " + path, e);
        }
    }
}
