package io.kybern.node.env;

/** A container cannot be described yet: something that it refers to is missing or makes no sense. */
public final class ContainerConfigException extends Exception {

    private static final long serialVersionUID = 1L;

    private ContainerConfigException(String message) {
        super(message);
    }

    private ContainerConfigException(String message, Throwable cause) {
        super(message, cause);
    }

    /** An object that must exist does not; {@code kind} in small letters as Kubernetes words it. */
    public static ContainerConfigException notFound(String kind, String name) {
        return new ContainerConfigException(kind + " \"" + name + "\" not found");
    }

    /** The object is there, the key is not. */
    public static ContainerConfigException noKey(String kind, String namespace, String name, String key) {
        return new ContainerConfigException("couldn't find key " + key + " in " + kind + " " + namespace + "/" + name);
    }

    /** Anything else, in words for the user. */
    public static ContainerConfigException because(String message) {
        return new ContainerConfigException(message);
    }

    /** The API server could not be asked. */
    public static ContainerConfigException because(Exception cause) {
        return new ContainerConfigException(String.valueOf(cause.getMessage()), cause);
    }
}
