package io.kybern.apiserver.endpoints;

import io.kybern.api.ObjectKey;
import io.kybern.api.status.ApiException;
import io.kybern.apiserver.request.ApiRequest;
import io.kybern.apiserver.request.ApiResponse;
import io.kybern.apiserver.request.Negotiation;
import io.kybern.apiserver.request.Negotiation.Offer;
import io.kybern.apiserver.request.Representation;
import io.kybern.apiserver.storage.ObjectStore;
import io.kybern.apiserver.storage.StorageException;
import io.kybern.apiserver.storage.StoredObject;
import io.kybern.apiserver.storage.UnreadableObjects;
import io.kybern.apiserver.watch.CachedObject;
import io.kybern.apiserver.watch.RevisionRequest;
import io.kybern.apiserver.watch.Selection;
import io.kybern.apiserver.watch.Snapshot;
import io.kybern.apiserver.watch.WatchCache;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/** Get and list, from snapshots of the watch cache. */
final class ObjectReader {

    private static final String CONTINUE_EXPIRED =
            "The provided continue parameter is too old to display a consistent list result. You can start a new list without "
                    + "the continue parameter, or use the continue token in this response to retrieve the remainder of the "
                    + "results. Continuing with the provided token results in an inconsistent list - objects that were "
                    + "created, modified, or deleted between the time the first chunk was returned and now may show up in the "
                    + "list.";
    private static final String LIST_EXPIRED = "The resourceVersion for the provided list is too old.";

    private final WatchCache cache;
    private final Views views;
    private final ObjectStore store;
    private final UnreadableObjects unreadable;

    ObjectReader(WatchCache cache, Views views, ObjectStore store, UnreadableObjects unreadable) {
        this.cache = cache;
        this.views = views;
        this.store = store;
        this.unreadable = unreadable;
    }

    ApiResponse get(Target target, ApiRequest request, Representation representation) {
        String name = request.info().name();
        long revision = QueryReader.revision(request.query().first("resourceVersion"), "");
        RevisionRequest wanted = revision < 0
                ? RevisionRequest.latest()
                : revision == 0 ? RevisionRequest.any() : RevisionRequest.atLeast(revision);
        Snapshot snapshot =
                StorageFailures.await(cache.snapshot(target.storage(), wanted), target.resource(), name, "get");
        ObjectKey key = target.key(request.info().namespace(), name);
        CachedObject found = snapshot.get(key).orElseThrow(() -> {
            refuseUnreadable(target, snapshot, key::equals);
            return ApiException.notFound(target.resource(), name);
        });
        return views.object(target, request, representation, 200, found);
    }

    /** A list, or one piece of it. An expired token answers 410 with a token to go on without consistency. */
    ApiResponse list(Target target, ApiRequest request, Representation representation) {
        ListOptions options = ListOptions.read(request, target.strategy().supportedFieldLabels());
        try {
            Listing listing =
                    list(target, request.info().namespace(), request.info().name(), options);
            return views.list(target, request, representation, listing);
        } catch (CompletionException e) {
            StorageException failure = StorageException.of(e);
            if (failure instanceof StorageException.RevisionTooOld) {
                if (options.token().isEmpty()) {
                    throw ApiException.expired(LIST_EXPIRED);
                }
                ObjectNode status =
                        ApiException.expired(CONTINUE_EXPIRED).status().toJson();
                ObjectKey after = ContinueToken.decode(options.token()).after();
                ((ObjectNode) status.get("metadata")).put("continue", new ContinueToken(-1, after).encode());
                return Negotiation.representationOrJson(request, Offer.OBJECTS).answer(410, status);
            }
            throw StorageFailures.translate(failure, target.resource(), "", "list");
        }
    }

    /** Reads a piece; what the cache fails with comes as {@code CompletionException}. */
    Listing list(Target target, String namespace, String name, ListOptions options) {
        Selection selection = options.selection(target.type().namespaced() ? namespace : "", name);
        @Nullable ObjectKey after = null;
        RevisionRequest wanted;
        if (options.token().isEmpty()) {
            wanted = freshness(options);
        } else {
            if (!options.resourceVersion().isEmpty()
                    && !options.resourceVersion().equals("0")) {
                throw ApiException.badRequest("specifying resource version is not allowed when using continue");
            }
            ContinueToken token = ContinueToken.decode(options.token());
            after = token.after();
            wanted = token.revision() < 0 ? RevisionRequest.latest() : RevisionRequest.exact(token.revision());
        }
        Snapshot snapshot = cache.snapshot(target.storage(), wanted).join();
        refuseUnreadable(target, snapshot, key -> selectedBy(selection, key));
        return collect(snapshot, target.type().namespaced(), selection, after, options.limit());
    }

    /**
     * Says so when the store has objects that no key opens: they are not in the cache, yet they are there. All are asked for at once,
     * before the first answer is waited for.
     */
    private void refuseUnreadable(Target target, Snapshot snapshot, Predicate<ObjectKey> asked) {
        Map<ObjectKey, CompletableFuture<Optional<StoredObject>>> reads = new LinkedHashMap<>();
        for (ObjectKey key : unreadable.of(target.storage())) {
            if (asked.test(key) && snapshot.get(key).isEmpty()) {
                reads.put(key, store.get(target.type(), key));
            }
        }
        reads.forEach((key, read) -> {
            if (StorageFailures.await(read, target.resource(), key.name(), "get")
                    .isEmpty()) {
                unreadable.forget(target.storage(), key);
            }
        });
    }

    private static boolean selectedBy(Selection selection, ObjectKey key) {
        return (selection.namespace() == null || selection.namespace().equals(key.namespace()))
                && (selection.name() == null || selection.name().equals(key.name()));
    }

    private static RevisionRequest freshness(ListOptions options) {
        long revision = options.revision();
        if (revision < 0) {
            return RevisionRequest.latest();
        }
        boolean exact = options.match().equals(ListOptions.EXACT)
                || (options.match().isEmpty() && options.limit() > 0 && revision > 0);
        if (exact) {
            return RevisionRequest.exact(revision);
        }
        return revision == 0 ? RevisionRequest.any() : RevisionRequest.atLeast(revision);
    }

    private static Listing collect(
            Snapshot snapshot, boolean namespaced, Selection selection, @Nullable ObjectKey after, long limit) {
        String namespace = selection.namespace() == null ? "" : selection.namespace();
        List<CachedObject> objects = new ArrayList<>();
        if (selection.name() != null && (selection.namespace() != null || !namespaced)) {
            snapshot.get(new ObjectKey(namespace, selection.name()))
                    .filter(selection::matches)
                    .ifPresent(objects::add);
            return new Listing(snapshot.revision(), objects, "", null);
        }
        boolean counted =
                selection.labels().isEverything() && selection.fields().isEverything() && selection.name() == null;
        Iterator<CachedObject> all = snapshot.range(namespace, after).iterator();
        while (all.hasNext()) {
            CachedObject each = all.next();
            if (!selection.matches(each)) {
                continue;
            }
            if (limit > 0 && objects.size() == limit) {
                long remaining = 1;
                while (counted && all.hasNext()) {
                    all.next();
                    remaining++;
                }
                String token =
                        new ContinueToken(snapshot.revision(), objects.getLast().key()).encode();
                return new Listing(snapshot.revision(), objects, token, counted ? remaining : null);
            }
            objects.add(each);
        }
        return new Listing(snapshot.revision(), objects, "", null);
    }
}
