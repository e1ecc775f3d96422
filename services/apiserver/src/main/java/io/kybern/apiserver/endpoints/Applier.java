package io.kybern.apiserver.endpoints;

import io.kybern.api.GroupVersionKind;
import io.kybern.api.Json;
import io.kybern.api.KubeObject;
import io.kybern.api.status.ApiException;
import io.kybern.apiserver.authz.AccessAttributes;
import io.kybern.apiserver.authz.Authorization;
import io.kybern.apiserver.request.RequestInfo;
import io.kybern.schema.Schema;
import io.kybern.schema.apply.ServerSideApply;
import java.time.Clock;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/** Server-side apply: changes an object, or creates it if it is not there. */
final class Applier {

    /** One to find it absent, one to find that somebody else was faster to create it, and one against bad luck. */
    private static final int MAX_ATTEMPTS = 3;

    private final ObjectWriter writer;
    private final BodyReader bodies;
    private final Authorization authorization;
    private final Clock clock;

    Applier(ObjectWriter writer, BodyReader bodies, Authorization authorization, Clock clock) {
        this.writer = writer;
        this.bodies = bodies;
        this.authorization = authorization;
        this.clock = clock;
    }

    /** Applies the body of the request. Parts of objects that are not there are not created. */
    Written apply(WriteContext asked, WriteOptions options) {
        WriteContext context = asked.applying();
        RequestInfo info = context.request().info();
        ApplyPatch patch =
                ApplyPatch.read(context.request(), context.target().type().gvk(), options.fieldValidation());
        for (int attempt = 1; ; attempt++) {
            try {
                return writer.update(context, info.name(), live -> applied(context, patch, live));
            } catch (ApiException e) {
                boolean creates = context.target().subresource().isEmpty();
                if (!creates || !ObjectWriter.isAbsent(e, context, info.name())) {
                    throw e;
                }
            }
            requireCreation(context);
            ObjectNode fresh = applied(context, patch, null);
            checkNew(context, fresh);
            try {
                return writer.create(context, fresh);
            } catch (ApiException e) {
                if (!e.status().reason().equals("AlreadyExists") || attempt == MAX_ATTEMPTS) {
                    throw e;
                }
            }
        }
    }

    /**
     * The object with the configuration laid over it, with defaults.
     *
     * @param live what there is; null if there is nothing; not changed
     */
    ObjectNode applied(WriteContext context, ApplyPatch patch, @Nullable ObjectNode live) {
        ObjectNode merged = merged(context, patch.config(), patch.force(), live);
        patch.reportDuplicates();
        Target target = context.target();
        ObjectNode object =
                bodies.decode(Json.bytes(merged), target.type().gvk()).object();
        checkName(context, object);
        writer.applyDefaults(target, object);
        return object;
    }

    /**
     * The same with a configuration that stands for what the client sent.
     *
     * @param sent what the client sent, for another kind
     * @param kind what it must be
     * @param config what is meant by it
     */
    ObjectNode appliedPart(
            WriteContext context, ApplyPatch sent, GroupVersionKind kind, ObjectNode config, ObjectNode live) {
        bodies.fields(kind).ifPresent(schema -> ServerSideApply.check(null, sent.config(), schema));
        ObjectNode merged = merged(context, config, sent.force(), live);
        sent.reportDuplicates();
        return bodies.decode(Json.bytes(merged), context.target().type().gvk()).object();
    }

    private ObjectNode merged(WriteContext context, ObjectNode config, boolean force, @Nullable ObjectNode live) {
        Schema schema = bodies.fields(context.target().type().gvk()).orElseThrow(ApiException::methodNotAllowed);
        return ServerSideApply.apply(
                live,
                config,
                FieldOwners.manager(context, clock),
                force,
                schema,
                FieldOwners.versions(bodies, context.target()));
    }

    private void requireCreation(WriteContext context) {
        RequestInfo info = context.request().info();
        authorization.require(new AccessAttributes(
                context.user(),
                "create",
                true,
                info.group(),
                info.version(),
                info.resource(),
                info.subresource(),
                info.namespace(),
                info.name(),
                info.path()));
    }

    private static void checkName(WriteContext context, ObjectNode object) {
        String wanted = context.request().info().name();
        String name = KubeObject.name(object);
        if (name.isEmpty()) {
            throw ApiException.badRequest(
                    "the name of the object (%s based on URL) was undeterminable: name must be provided"
                            .formatted(wanted));
        }
        if (!name.equals(wanted)) {
            throw ApiException.badRequest(
                    "the name of the object (%s) does not match the name on the URL (%s)".formatted(name, wanted));
        }
    }

    private static void checkNew(WriteContext context, ObjectNode object) {
        if (!KubeObject.uid(object).isEmpty()) {
            throw ApiException.conflict(
                    context.target().resource(),
                    KubeObject.name(object),
                    "uid mismatch: the provided object specified uid %s, and no existing object was found"
                            .formatted(KubeObject.uid(object)));
        }
    }
}
