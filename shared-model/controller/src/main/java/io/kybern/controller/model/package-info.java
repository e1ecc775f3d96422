/** What several controllers ask of typed models: who owns an object, what a selector selects, in what state a pod is. */
@NullMarked
package io.kybern.controller.model;

import org.jspecify.annotations.NullMarked;
