package io.kybern.apiserver.flowcontrol;

import tools.jackson.databind.JsonNode;

/**
 * What a PriorityLevelConfiguration says; see "API Priority and Fairness" in the Kubernetes documentation.
 *
 * @param name the level's name
 * @param uid the level's id; empty if there is no such object
 * @param exempt whether its requests run at once, however many there are
 * @param shares its part of all seats, compared with the other levels' shares
 * @param lendablePercent the part of its seats that others may use
 * @param borrowingPercent the part of its own seats that it may use of others'; negative for no bound
 * @param queues how many queues there are; 0 if requests that find no seat are refused
 * @param handSize in how many of the queues a flow's requests may be
 * @param queueLength how long a queue may become
 */
record LevelSettings(
        String name,
        String uid,
        boolean exempt,
        int shares,
        int lendablePercent,
        int borrowingPercent,
        int queues,
        int handSize,
        int queueLength) {

    /** What every server has, though nobody made it. */
    static final LevelSettings EXEMPT = new LevelSettings("exempt", "", true, 0, 0, -1, 0, 0, 0);

    /** What every server has, though nobody made it. */
    static final LevelSettings CATCH_ALL = new LevelSettings("catch-all", "", false, 5, 0, -1, 0, 0, 0);

    private static final int DEFAULT_SHARES = 30;
    private static final int DEFAULT_QUEUES = 64;
    private static final int DEFAULT_HAND = 8;
    private static final int DEFAULT_LENGTH = 50;

    /** The mandatory levels are what they are, whatever was written over them until it is put right. */
    LevelSettings orFixed() {
        if (name.equals(CATCH_ALL.name)) {
            return new LevelSettings(
                    name,
                    uid,
                    false,
                    CATCH_ALL.shares,
                    CATCH_ALL.lendablePercent,
                    CATCH_ALL.borrowingPercent,
                    CATCH_ALL.queues,
                    CATCH_ALL.handSize,
                    CATCH_ALL.queueLength);
        }
        return name.equals(EXEMPT.name) && !exempt ? new LevelSettings(name, uid, true, 0, 0, -1, 0, 0, 0) : this;
    }

    static LevelSettings of(JsonNode level) {
        String name = level.path("metadata").path("name").asString("");
        String uid = level.path("metadata").path("uid").asString("");
        JsonNode spec = level.path("spec");
        if (spec.path("type").asString("").equals("Exempt")) {
            JsonNode exempt = spec.path("exempt");
            return new LevelSettings(
                    name,
                    uid,
                    true,
                    exempt.path("nominalConcurrencyShares").asInt(0),
                    exempt.path("lendablePercent").asInt(0),
                    -1,
                    0,
                    0,
                    0);
        }
        JsonNode limited = spec.path("limited");
        JsonNode response = limited.path("limitResponse");
        boolean waits = response.path("type").asString("").equals("Queue");
        JsonNode queuing = response.path("queuing");
        return new LevelSettings(
                name,
                uid,
                false,
                limited.path("nominalConcurrencyShares").asInt(DEFAULT_SHARES),
                limited.path("lendablePercent").asInt(0),
                limited.path("borrowingLimitPercent").asInt(-1),
                waits ? queuing.path("queues").asInt(DEFAULT_QUEUES) : 0,
                queuing.path("handSize").asInt(DEFAULT_HAND),
                queuing.path("queueLengthLimit").asInt(DEFAULT_LENGTH));
    }
}
