package io.kybern.apiserver.admission;

import io.kybern.apiserver.registry.Values;
import java.util.HashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/**
 * Who of a mutating plugin's policies or webhooks looked at an object in the first pass, and who has to look again because it was
 * changed after that; see "Reinvocation policy" in "Dynamic Admission Control".
 */
public final class Reinvocation {

    private final Set<String> looked = new HashSet<>();
    private final Set<String> again = new HashSet<>();
    private @Nullable ObjectNode output;

    /** What that plugin remembers of the request. */
    public static Reinvocation of(AdmissionRequest request, Class<? extends AdmissionPlugin> plugin) {
        return request.notes(plugin, Reinvocation.class, Reinvocation::new);
    }

    /** Begins a pass: in the second one, what others changed since the first is noticed. */
    public void begin(AdmissionRequest request) {
        if (request.isSecondPass()
                && output != null
                && !Values.same(output, request.object().orElseThrow())) {
            allLookAgain();
        }
    }

    /** Whether that one has nothing to do in this pass. */
    public boolean skips(AdmissionRequest request, String id) {
        return request.isSecondPass() && !again.contains(id);
    }

    /** That one changed the object: those before it that want to, look again. */
    public void changed(AdmissionRequest request) {
        allLookAgain();
        request.requestSecondPass();
    }

    /** That one has looked, and wants to look again should the object change. */
    public void looked(String id) {
        looked.add(id);
    }

    /** Ends a pass. */
    public void end(AdmissionRequest request) {
        output = request.object().map(ObjectNode::deepCopy).orElse(null);
    }

    private void allLookAgain() {
        again.addAll(looked);
        looked.clear();
    }
}
