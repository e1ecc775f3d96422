package io.kybern.apiserver.authz;

import io.kybern.api.GroupResource;
import io.kybern.apiserver.authn.UserInfo;
import io.kybern.apiserver.watch.RevisionRequest;
import io.kybern.apiserver.watch.Selection;
import io.kybern.apiserver.watch.Snapshot;
import io.kybern.apiserver.watch.Watch;
import io.kybern.apiserver.watch.WatchCache;
import io.kybern.apiserver.watch.WatchEvent;
import io.kybern.apiserver.watch.WatchOptions;
import io.kybern.apiserver.watch.WatchSink;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.JsonNode;

/**
 * RBAC from an index that is built anew, at the next question, whenever a role or a binding changed; see "Using RBAC
 * Authorization".
 */
public final class RbacAuthorizer implements Authorizer, AutoCloseable {

    private static final Logger log = LoggerFactory.getLogger(RbacAuthorizer.class);
    private static final String GROUP = "rbac.authorization.k8s.io";
    private static final List<GroupResource> RESOURCES = List.of(
            new GroupResource(GROUP, "clusterroles"),
            new GroupResource(GROUP, "roles"),
            new GroupResource(GROUP, "clusterrolebindings"),
            new GroupResource(GROUP, "rolebindings"));

    private final WatchCache cache;
    private final List<Watch> watches = new ArrayList<>();
    private final AtomicLong changes = new AtomicLong(1);
    private final AtomicBoolean closed = new AtomicBoolean();
    private volatile Built built = new Built(RbacIndex.EMPTY, 0);

    private record Built(RbacIndex index, long changes) {}

    /** Reads roles and bindings from the cache. */
    public RbacAuthorizer(WatchCache cache) {
        this.cache = cache;
    }

    /** Begins to follow changes. */
    public void start() {
        for (GroupResource resource : RESOURCES) {
            follow(resource);
        }
    }

    private void follow(GroupResource resource) {
        WatchSink sink = new WatchSink() {
            @Override
            public void next(WatchEvent event) {
                changes.incrementAndGet();
            }

            @Override
            public void closed() {
                if (!closed.get()) {
                    log.atInfo()
                            .addKeyValue("resource", resource)
                            .log("The watch on access rules ended; starting anew");
                    changes.incrementAndGet();
                    follow(resource);
                }
            }
        };
        synchronized (watches) {
            watches.add(cache.watch(resource, Watch.ANY, Selection.everything(), WatchOptions.none(), sink));
        }
    }

    @Override
    public void close() {
        closed.set(true);
        synchronized (watches) {
            watches.forEach(Watch::close);
        }
    }

    @Override
    public Decision authorize(AccessAttributes attributes) {
        return index().authorize(attributes);
    }

    /** Whether a cluster role allows it, whoever it is bound to. */
    boolean clusterRoleAllows(String role, AccessAttributes attributes) {
        return index().clusterRoleAllows(role, attributes);
    }

    /** All rules that a user has in a namespace. */
    public List<PolicyRule> rulesOf(UserInfo user, String namespace) {
        return index().rulesOf(user, namespace);
    }

    /** The rules of the role that a binding in a namespace refers to; empty if there is no such role. */
    public Optional<List<PolicyRule>> rulesOfRole(String kind, String namespace, String name) {
        return kind.equals("Role") ? index().rulesOfRole(namespace, name) : index().rulesOfClusterRole(name);
    }

    private RbacIndex index() {
        Built now = built;
        return now.changes() == changes.get() ? now.index() : rebuild();
    }

    private synchronized RbacIndex rebuild() {
        long upTo = changes.get();
        if (built.changes() == upTo) {
            return built.index();
        }
        RbacIndex index = new RbacIndex(
                all(RESOURCES.get(0)), all(RESOURCES.get(1)), all(RESOURCES.get(2)), all(RESOURCES.get(3)));
        built = new Built(index, upTo);
        return index;
    }

    private List<JsonNode> all(GroupResource resource) {
        Snapshot snapshot = cache.snapshot(resource, RevisionRequest.any()).join();
        List<JsonNode> objects = new ArrayList<>();
        snapshot.range("", null).forEach(each -> objects.add(each.tree()));
        return objects;
    }
}
