// The four names of a browser that the types of playwright-core mention. The library of all of them would let src use a browser's world.
interface Node {
  readonly nodeName: string
}
interface HTMLElement extends Node {
  readonly tagName: string
}
interface SVGElement extends Node {
  readonly tagName: string
}
interface HTMLElementTagNameMap {
  readonly a: HTMLElement
}
