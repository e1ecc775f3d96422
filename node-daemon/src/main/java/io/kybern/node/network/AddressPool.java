package io.kybern.node.network;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Which pod has which address of the node's range. One small file for each address, named after it and holding the pod's
 * uid, so that the table survives a restart of the daemon. Addresses are given in turn: one that was just freed is the last to be
 * given again. Safe to call from any thread.
 */
final class AddressPool {

    /** The first address names the range, the second is the bridge. */
    private static final int FIRST_POD = 2;

    private final Path directory;
    private final Cidr range;
    private final Map<String, String> uidByAddress = new HashMap<>();
    private final Map<String, String> addressByUid = new HashMap<>();
    private int next = FIRST_POD;

    private AddressPool(Path directory, Cidr range) {
        this.directory = directory;
        this.range = range;
    }

    /**
     * Opens the table of a range; addresses of another range that are still in the directory are forgotten.
     *
     * @throws UncheckedIOException if the directory cannot be read or written
     */
    static AddressPool open(Path directory, Cidr range) {
        AddressPool pool = new AddressPool(directory, range);
        try {
            Files.createDirectories(directory);
            List<Path> files = new ArrayList<>();
            try (Stream<Path> list = Files.list(directory)) {
                list.forEach(files::add);
            }
            for (Path file : files) {
                pool.load(file);
            }
        } catch (IOException e) {
            throw new UncheckedIOException("the pod addresses in " + directory + " cannot be read", e);
        }
        return pool;
    }

    private void load(Path file) throws IOException {
        String address = file.getFileName().toString();
        String uid = Files.readString(file, StandardCharsets.UTF_8).strip();
        if (isAddress(address) && range.contains(address) && !uid.isEmpty()) {
            uidByAddress.put(address, uid);
            addressByUid.put(uid, address);
        } else {
            Files.delete(file);
        }
    }

    private static boolean isAddress(String text) {
        try {
            Cidr.address(text);
            return true;
        } catch (IllegalArgumentException e) {
            return false;
        }
    }

    Cidr range() {
        return range;
    }

    synchronized Optional<String> addressOf(String uid) {
        return Optional.ofNullable(addressByUid.get(uid));
    }

    synchronized Map<String, String> addressesByUid() {
        return Map.copyOf(addressByUid);
    }

    /** The pod's address, a new one if it has none; empty if all are taken. */
    synchronized Optional<String> allocate(String uid) {
        String existing = addressByUid.get(uid);
        if (existing != null) {
            return Optional.of(existing);
        }
        int usable = range.size() - FIRST_POD - 1;
        for (int tried = 0; tried < usable; tried++) {
            int offset = FIRST_POD + (next - FIRST_POD + tried) % usable;
            String address = range.at(offset);
            if (!uidByAddress.containsKey(address)) {
                save(address, uid);
                uidByAddress.put(address, uid);
                addressByUid.put(uid, address);
                next = FIRST_POD + (offset - FIRST_POD + 1) % usable;
                return Optional.of(address);
            }
        }
        return Optional.empty();
    }

    /** Frees the pod's address; nothing happens if it has none. */
    synchronized void release(String uid) {
        String address = addressByUid.remove(uid);
        if (address != null) {
            uidByAddress.remove(address);
            try {
                Files.delete(directory.resolve(address));
            } catch (NoSuchFileException e) {
                // freed is freed
                return;
            } catch (IOException e) {
                throw new UncheckedIOException("address " + address + " cannot be freed", e);
            }
        }
    }

    private void save(String address, String uid) {
        try {
            Path written = Files.writeString(directory.resolve(".new-" + address), uid, StandardCharsets.UTF_8);
            Files.move(written, directory.resolve(address), StandardCopyOption.ATOMIC_MOVE);
        } catch (IOException e) {
            throw new UncheckedIOException("address " + address + " cannot be recorded", e);
        }
    }
}
