package io.kybern.apiserver.admission;

import java.util.List;
import java.util.function.Consumer;
import tools.jackson.databind.node.ObjectNode;

/** All plugins in their order. A write that the first plugin refuses never reaches the second. */
public final class AdmissionChain {

    private final List<AdmissionPlugin> plugins;

    /** A chain of these plugins, in this order. */
    public AdmissionChain(List<AdmissionPlugin> plugins) {
        this.plugins = List.copyOf(plugins);
    }

    /**
     * Lets every plugin change the object, and all of them once more if one asks for it.
     *
     * @param afterEach called with the object after the first plugin and after each that has looked at the object, so that what
     *     one leaves out gets its default before the next one looks
     */
    public void mutate(AdmissionRequest request, Consumer<ObjectNode> afterEach) {
        pass(request, afterEach);
        if (request.beginSecondPass()) {
            pass(request, afterEach);
        }
    }

    private void pass(AdmissionRequest request, Consumer<ObjectNode> afterEach) {
        for (AdmissionPlugin plugin : plugins) {
            plugin.mutate(request);
            if (request.wasHandedOut()) {
                request.object().ifPresent(afterEach);
                request.wasHandedOut();
            }
        }
    }

    /** Lets every plugin refuse the object as it would be stored. */
    public void validate(AdmissionRequest request) {
        for (AdmissionPlugin plugin : plugins) {
            plugin.validate(request);
        }
    }
}
