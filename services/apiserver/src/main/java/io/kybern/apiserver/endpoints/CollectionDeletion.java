package io.kybern.apiserver.endpoints;

import io.kybern.api.status.ApiException;
import io.kybern.apiserver.request.ApiResponse;
import io.kybern.apiserver.request.Representation;
import io.kybern.apiserver.storage.StorageException;
import io.kybern.apiserver.watch.CachedObject;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletionException;
import tools.jackson.databind.node.ObjectNode;

/** Deletes what a list would answer, object by object; what is gone meanwhile is no error. */
final class CollectionDeletion {

    private final ObjectReader reader;
    private final Deletion deletion;

    CollectionDeletion(ObjectReader reader, Deletion deletion) {
        this.reader = reader;
        this.deletion = deletion;
    }

    ApiResponse delete(WriteContext context, DeleteOptions options, Representation representation, Views views) {
        Target target = context.target();
        ListOptions which =
                ListOptions.read(context.request(), target.strategy().supportedFieldLabels());
        Listing listing = read(context, which);
        List<ObjectNode> deleted = new ArrayList<>();
        for (CachedObject each : listing.objects()) {
            try {
                WriteContext own = new WriteContext(
                        target, context.request(), each.key().namespace(), context.dryRun(), context.fieldManager());
                deleted.add(deletion.delete(own, each.key().name(), options).object());
            } catch (ApiException e) {
                if (e.status().code() != 404) {
                    throw e;
                }
            }
        }
        return views.list(target, representation, listing.revision(), deleted);
    }

    private Listing read(WriteContext context, ListOptions options) {
        try {
            return reader.list(
                    context.target(),
                    context.namespace(),
                    context.request().info().name(),
                    options);
        } catch (CompletionException e) {
            throw StorageFailures.translate(
                    StorageException.of(e), context.target().resource(), "", "deletecollection");
        }
    }
}
