package io.kybern.apiserver.watch;

/**
 * What a watch's reader asks for besides objects.
 *
 * @param bookmarks whether to send bookmarks now and then
 * @param sendInitialEvents whether the state comes first, whatever the revision, and a bookmark that ends it
 */
public record WatchOptions(boolean bookmarks, boolean sendInitialEvents) {

    /** Changes only, no bookmarks. */
    public static WatchOptions none() {
        return new WatchOptions(false, false);
    }
}
