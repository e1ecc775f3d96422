package io.kybern.node.stats;

import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.Volume;
import io.kybern.node.command.CommandFailure;
import io.kybern.node.command.CommandRunner;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Looks at what the volumes of pods hold: directories of the node's own by counting their files, others by asking their file system. Each
 * pod is looked at once a minute in the background, as kubelets do, but what the node has written itself only once; who asks gets what is
 * known and never waits for a volume. Safe to call from any thread.
 */
public final class VolumeUsages {

    private static final Logger log = LoggerFactory.getLogger(VolumeUsages.class);
    private static final Duration GOOD_FOR = Duration.ofMinutes(1);

    /** Block size, blocks, free, free for everybody, files, files free, and the path, which may hold spaces. */
    private static final String FORMAT = "%S %b %f %a %c %d %n";

    /** What {@link #FORMAT} prints; some file systems do not count files, or say they have more than there are numbers. */
    private static final Pattern LINE =
            Pattern.compile("(\\d{1,18}) (\\d{1,18}) (\\d{1,18}) (\\d{1,18}) (\\S+) (\\S+) (.+)");

    private static final int NUMBERS = 6;
    private static final Pattern NUMBER = Pattern.compile("\\d{1,18}");

    /** A file takes whole blocks. */
    private static final long BLOCK = 4096;

    /** How long the next pod waits for one: usually one is looked at after the other, a server that hangs holds up only its own pod. */
    private static final Duration PATIENCE = Duration.ofSeconds(2);

    private record Found(Instant at, List<VolumeUsage> usages) {}

    private record Wanted(Volume volume, @Nullable String claim, Path path) {}

    private final Function<String, Map<String, Path>> volumes;
    private final CommandRunner commands;
    private final Clock clock;
    private final Executor threads;
    private final Duration patience;
    private final Map<String, Found> found = new ConcurrentHashMap<>();

    /** The uids of pods that are being looked at. */
    private final Set<String> busy = ConcurrentHashMap.newKeySet();

    /**
     * @param volumes where a pod's volumes that are ready are, by name
     * @param threads runs the looks, which may block for as long as a file server does not answer: one thread for each task, and none that
     *     others share
     */
    public VolumeUsages(
            Function<String, Map<String, Path>> volumes, CommandRunner commands, Clock clock, Executor threads) {
        this(volumes, commands, clock, threads, PATIENCE);
    }

    VolumeUsages(
            Function<String, Map<String, Path>> volumes,
            CommandRunner commands,
            Clock clock,
            Executor threads,
            Duration patience) {
        this.volumes = volumes;
        this.commands = commands;
        this.clock = clock;
        this.threads = threads;
        this.patience = patience;
    }

    /** What is known, by the pods' uids. */
    Map<String, List<VolumeUsage>> known() {
        return found.entrySet().stream().collect(Collectors.toUnmodifiableMap(Map.Entry::getKey, each -> each.getValue()
                .usages()));
    }

    /** Looks at those pods that nobody looked at for a minute, and forgets all others than these pods. */
    void look(Collection<Pod> pods) {
        found.keySet()
                .retainAll(pods.stream().map(pod -> pod.getMetadata().getUid()).collect(Collectors.toSet()));
        for (Pod pod : pods) {
            String uid = pod.getMetadata().getUid();
            Map<String, Path> paths = volumes.apply(uid);
            if (paths.isEmpty()) {
                found.remove(uid); // a pod that has ended
            } else if (isDue(uid) && busy.add(uid)) {
                CompletableFuture.runAsync(() -> look(pod, paths), threads)
                        .completeOnTimeout(null, patience.toMillis(), TimeUnit.MILLISECONDS)
                        .join();
            }
        }
    }

    private boolean isDue(String uid) {
        Found before = found.get(uid);
        return before == null || !clock.instant().isBefore(before.at().plus(GOOD_FOR));
    }

    private void look(Pod pod, Map<String, Path> paths) {
        String uid = pod.getMetadata().getUid();
        Instant now = clock.instant();
        List<VolumeUsage> usages = List.of();
        try {
            usages = usages(wanted(pod, paths), known(uid), now);
        } catch (RuntimeException unexpected) {
            log.atWarn()
                    .setMessage("volumes of a pod could not be looked at")
                    .addKeyValue("pod", pod.getMetadata().getName())
                    .addKeyValue("why", String.valueOf(unexpected))
                    .log();
        } finally {
            found.put(uid, new Found(now, usages));
            busy.remove(uid);
        }
    }

    private Map<String, VolumeUsage> known(String uid) {
        Found before = found.get(uid);
        return before == null
                ? Map.of()
                : before.usages().stream().collect(Collectors.toMap(VolumeUsage::volume, Function.identity()));
    }

    /** What the node writes by itself is looked at once, as by kubelets: nobody else can make it grow. */
    private static boolean isWritten(Volume volume) {
        return volume.getConfigMap() != null
                || volume.getSecret() != null
                || volume.getDownwardAPI() != null
                || volume.getProjected() != null;
    }

    private List<VolumeUsage> usages(List<Wanted> all, Map<String, VolumeUsage> before, Instant now) {
        Map<String, VolumeUsage> lasting = new HashMap<>(before);
        lasting.keySet()
                .retainAll(all.stream()
                        .map(Wanted::volume)
                        .filter(VolumeUsages::isWritten)
                        .map(Volume::getName)
                        .collect(Collectors.toSet()));
        Map<String, long[]> systems = fileSystems(all.stream()
                .filter(each -> !lasting.containsKey(each.volume().getName()))
                .map(Wanted::path)
                .filter(Files::isDirectory)
                .map(Path::toString)
                .distinct()
                .toList());
        List<VolumeUsage> out = new ArrayList<>();
        for (Wanted each : all) {
            VolumeUsage known = lasting.get(each.volume().getName());
            VolumeUsage usage =
                    known == null ? usage(each, systems.get(each.path().toString()), now) : known;
            if (usage != null) {
                out.add(usage);
            }
        }
        return List.copyOf(out);
    }

    private static List<Wanted> wanted(Pod pod, Map<String, Path> paths) {
        List<Wanted> out = new ArrayList<>();
        for (Volume volume : Objects.requireNonNullElse(pod.getSpec().getVolumes(), List.<Volume>of())) {
            Path path = paths.get(volume.getName());
            // of the node's own directories and of images nobody can say what of them is the pod's
            if (path != null && volume.getHostPath() == null && volume.getImage() == null && Files.exists(path)) {
                out.add(new Wanted(volume, claim(pod, volume), path));
            }
        }
        return out;
    }

    private static @Nullable String claim(Pod pod, Volume volume) {
        if (volume.getPersistentVolumeClaim() != null) {
            return volume.getPersistentVolumeClaim().getClaimName();
        }
        return volume.getEphemeral() == null ? null : pod.getMetadata().getName() + "-" + volume.getName();
    }

    private @Nullable VolumeUsage usage(Wanted of, long @Nullable [] system, Instant now) {
        String name = of.volume().getName();
        try {
            if (!Files.isDirectory(of.path()) && of.claim() != null) {
                try (FileChannel device = FileChannel.open(of.path(), StandardOpenOption.READ)) {
                    return new VolumeUsage(
                            name, of.claim(), now, new VolumeUsage.Space(device.size(), 0, 0), VolumeUsage.Space.NONE);
                }
            }
            if (system == null) {
                return null;
            }
            long capacity = system[0] * system[1];
            long available = system[0] * system[3];
            if (of.claim() != null || of.volume().getNfs() != null) {
                return new VolumeUsage(
                        name,
                        of.claim(),
                        now,
                        new VolumeUsage.Space(capacity, available, system[0] * (system[1] - system[2])),
                        new VolumeUsage.Space(system[4], system[5], system[4] - system[5]));
            }
            long[] used = files(of.path());
            return new VolumeUsage(
                    name,
                    null,
                    now,
                    new VolumeUsage.Space(capacity, available, used[0]),
                    new VolumeUsage.Space(system[4], system[5], used[1]));
        } catch (IOException | UncheckedIOException gone) {
            return null;
        }
    }

    /** The bytes on the disk and the number of what is in a directory, and of itself; what has several names counts once. */
    private long[] files(Path directory) throws IOException {
        long[] sum = {0, 0};
        Set<Object> seen = new HashSet<>();
        Files.walkFileTree(directory, new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult preVisitDirectory(Path each, BasicFileAttributes attributes) {
                return count(attributes);
            }

            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
                try {
                    boolean several = (int) Files.getAttribute(file, "unix:nlink", LinkOption.NOFOLLOW_LINKS) > 1;
                    return several && !seen.add(attributes.fileKey()) ? FileVisitResult.CONTINUE : count(attributes);
                } catch (NoSuchFileException vanished) {
                    return FileVisitResult.CONTINUE;
                }
            }

            @Override
            public FileVisitResult visitFileFailed(Path file, IOException vanished) {
                return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult postVisitDirectory(Path each, @Nullable IOException vanished) {
                return FileVisitResult.CONTINUE;
            }

            private FileVisitResult count(BasicFileAttributes attributes) {
                sum[0] += attributes.isSymbolicLink() ? 0 : (attributes.size() + BLOCK - 1) / BLOCK * BLOCK;
                sum[1]++;
                return FileVisitResult.CONTINUE;
            }
        });
        try {
            // files may have holes, of which only this program knows
            String told = commands.run("du", "-s", "-x", "-B", "1", directory.toString());
            Matcher bytes = NUMBER.matcher(told);
            sum[0] = bytes.lookingAt() ? Long.parseLong(bytes.group()) : sum[0];
        } catch (CommandFailure changing) {
            notLookedAt(changing);
        }
        return sum;
    }

    /** One look at all file systems, by path; if one of them cannot be looked at, each by itself. */
    private Map<String, long[]> fileSystems(List<String> paths) {
        Map<String, long[]> out = new HashMap<>();
        if (paths.isEmpty()) {
            return out;
        }
        List<String> command = new ArrayList<>(List.of("stat", "-f", "-c", FORMAT));
        command.addAll(paths);
        try {
            commands.run(command, "")
                    .lines()
                    .map(LINE::matcher)
                    .filter(Matcher::matches)
                    .forEach(line -> {
                        long[] numbers = new long[NUMBERS];
                        for (int i = 0; i < NUMBERS; i++) {
                            String number = line.group(i + 1);
                            numbers[i] = NUMBER.matcher(number).matches() ? Long.parseLong(number) : 0;
                        }
                        out.put(line.group(NUMBERS + 1), numbers);
                    });
        } catch (CommandFailure vanished) {
            notLookedAt(vanished);
            if (paths.size() > 1) {
                paths.forEach(path -> out.putAll(fileSystems(List.of(path))));
            }
        }
        return out;
    }

    /** A volume that goes or changes meanwhile: the next look is complete again. */
    private static void notLookedAt(CommandFailure failure) {
        log.atDebug()
                .setMessage("a volume could not be looked at")
                .addKeyValue("why", failure.getMessage())
                .log();
    }
}
