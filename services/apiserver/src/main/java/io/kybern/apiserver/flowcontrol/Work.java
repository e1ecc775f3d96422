package io.kybern.apiserver.flowcontrol;

import io.kybern.apiserver.request.QueryParameters;
import io.kybern.apiserver.request.RequestInfo;
import io.kybern.apiserver.watch.RevisionRequest;
import io.kybern.apiserver.watch.WatchCache;
import java.time.Duration;

/**
 * How much a request means to do, in seats: a list by the objects that it goes through, a write by the watches that have to be told. The
 * figures are those of Kubernetes, see "Seats occupied by a request" in its documentation of API Priority and Fairness.
 *
 * @param seats how many it takes
 * @param lastingSeats how many it holds for a moment after it was answered; 0 for none
 * @param lasting that moment
 */
record Work(int seats, int lastingSeats, Duration lasting) {

    /** What most requests are. */
    static final Work PLAIN = new Work(1, 0, Duration.ZERO);

    private static final int MOST = 10;
    private static final int OBJECTS_PER_SEAT = 100;
    private static final int WATCHES_PER_SEAT = 10;
    /** How long one seat is held for the watches that it stands for. */
    private static final Duration PER_EVENT = Duration.ofMillis(5);
    /** No request takes more than this part of its level's own seats. */
    private static final double PART_OF_LEVEL = 0.15;

    /**
     * Estimates.
     *
     * @param nominal the seats of the request's level
     */
    static Work of(RequestInfo info, QueryParameters query, WatchCache cache, int nominal) {
        if (!info.resourceRequest() || !cache.isReady()) {
            return PLAIN;
        }
        int most = Math.max(1, Math.min(MOST, (int) Math.ceil(nominal * PART_OF_LEVEL)));
        return switch (info.verb()) {
            case "list" -> reading(info, cache, most);
            case "watch" -> beginsWithState(query) ? reading(info, cache, most) : PLAIN;
            case "create", "update", "patch", "delete" -> writing(info, cache, most);
            default -> PLAIN;
        };
    }

    private static boolean beginsWithState(QueryParameters query) {
        String revision = query.first("resourceVersion");
        return revision.isEmpty() || revision.equals("0") || query.flag("sendInitialEvents");
    }

    /** A list goes through all objects of a namespace, whatever it then selects. */
    private static Work reading(RequestInfo info, WatchCache cache, int most) {
        if (!info.name().isEmpty()) {
            return PLAIN;
        }
        int objects = cache.snapshot(info.groupResource(), RevisionRequest.any())
                .join()
                .count(info.namespace());
        return new Work(seats(objects, OBJECTS_PER_SEAT, most), 0, Duration.ZERO);
    }

    private static Work writing(RequestInfo info, WatchCache cache, int most) {
        // tokens and the like change nothing that anybody watches
        int watches = info.subresource().equals("token") ? 0 : cache.watches(info.groupResource());
        if (watches < WATCHES_PER_SEAT) {
            return PLAIN;
        }
        int wanted = seats(watches, WATCHES_PER_SEAT, Integer.MAX_VALUE);
        int held = Math.min(wanted, most);
        return new Work(1, held, PER_EVENT.multipliedBy(wanted).dividedBy(held));
    }

    private static int seats(int count, int perSeat, int most) {
        return Math.max(1, Math.min(most, (int) Math.ceil((double) count / perSeat)));
    }
}
