package io.kybern.apiserver.storage;

import io.lettuce.core.RedisNoScriptException;
import io.lettuce.core.ScriptOutputType;
import io.lettuce.core.cluster.api.async.RedisClusterAsyncCommands;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;

/** A Lua script that answers with a list of strings. */
public final class Script {

    private final byte[] text;
    private final String digest;

    private Script(byte[] text, String digest) {
        this.text = text;
        this.digest = digest;
    }

    /** Loads a script that lies beside a class. */
    public static Script load(Class<?> beside, String name) {
        try (InputStream in = Objects.requireNonNull(beside.getResourceAsStream(name), name)) {
            byte[] text = in.readAllBytes();
            return new Script(
                    text,
                    HexFormat.of().formatHex(MessageDigest.getInstance("SHA-1").digest(text)));
        } catch (IOException e) {
            throw new UncheckedIOException("the script " + name + " cannot be read", e);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-1", e);
        }
    }

    /** Runs it by its digest, or by its text if the server has forgotten it, which a restart makes it do. */
    public CompletionStage<List<byte[]>> run(
            RedisClusterAsyncCommands<byte[], byte[]> redis, byte[][] keys, byte[][] values) {
        CompletionStage<List<byte[]>> byDigest = redis.evalsha(digest, ScriptOutputType.MULTI, keys, values);
        return byDigest.exceptionallyCompose(failure -> {
            Throwable cause =
                    failure instanceof CompletionException && failure.getCause() != null ? failure.getCause() : failure;
            if (cause instanceof RedisNoScriptException) {
                return redis.eval(text, ScriptOutputType.MULTI, keys, values);
            }
            return CompletableFuture.failedFuture(cause);
        });
    }
}
