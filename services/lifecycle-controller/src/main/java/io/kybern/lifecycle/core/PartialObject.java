package io.kybern.lifecycle.core;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.ObjectMeta;

/**
 * An object of which this service keeps only a part: what every object has. Mutable because the model library fills it; not to be
 * changed once it is in a cache.
 */
public abstract class PartialObject implements HasMetadata {

    private String apiVersion = "";
    private String kind = "";
    private ObjectMeta metadata = new ObjectMeta();

    @Override
    public final ObjectMeta getMetadata() {
        return metadata;
    }

    @Override
    public final void setMetadata(ObjectMeta metadata) {
        this.metadata = metadata;
    }

    @Override
    public final String getApiVersion() {
        return apiVersion;
    }

    @Override
    public final void setApiVersion(String version) {
        this.apiVersion = version;
    }

    @Override
    public final String getKind() {
        return kind;
    }

    /** For the model library. */
    public final void setKind(String kind) {
        this.kind = kind;
    }
}
