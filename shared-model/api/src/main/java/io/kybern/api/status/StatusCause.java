package io.kybern.api.status;

/**
 * One cause of a failure, as {@code Status.details.causes} has it; an empty part is left out of the JSON.
 *
 * @param reason a machine-readable word, for example {@code FieldValueInvalid}
 * @param message what is wrong, for people
 * @param field the field at fault
 */
public record StatusCause(String reason, String message, String field) {}
