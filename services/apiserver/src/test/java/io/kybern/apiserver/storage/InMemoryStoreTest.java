package io.kybern.apiserver.storage;

final class InMemoryStoreTest extends StorageContract {

    private final InMemoryStore memory = new InMemoryStore();
    private final ObjectStore store = memory.objectStore();

    @Override
    ObjectStore store() {
        return store;
    }

    @Override
    EventLog log() {
        return memory;
    }
}
