// Flex Messages: https://developers.line.biz/en/docs/messaging-api/flex-message-elements/

const TEXT = { xxs: 11, xs: 13, sm: 14, md: 16, lg: 19, xl: 22, xxl: 29, "3xl": 35, "4xl": 48, "5xl": 74 };
const SPACE = { none: 0, xs: 2, sm: 4, md: 8, lg: 12, xl: 16, xxl: 20 };
const CORNER = { none: 0, xs: 2, sm: 4, md: 8, lg: 12, xl: 16, xxl: 20 };
const BORDER = { none: 0, light: 0.5, normal: 1, medium: 2, "semi-bold": 3, bold: 4 };
const BUBBLE = { nano: 120, micro: 160, deca: 220, hecto: 241, kilo: 260, mega: 300, giga: 343 };
const IMAGE = { xxs: 40, xs: 60, sm: 80, md: 100, lg: 120, xl: 140, xxl: 160, "3xl": 180, "4xl": 200, "5xl": 220 };
const PADDING = { header: 20, body: 20, footer: 10 };
const ACROSS = { start: "flex-start", end: "flex-end", center: "center", top: "flex-start", bottom: "flex-end" };

/** The bubbles of a Flex container. `act(action)` is called when something is tapped. */
export function cards(container, act) {
  const bubbles = container.type === "carousel" ? container.contents : [container];
  const row = element("div", "cards");
  row.append(...bubbles.map((bubble) => card(bubble, act)));
  if (bubbles.length > 1) {
    row.tabIndex = 0;
    row.setAttribute("role", "group");
    row.setAttribute("aria-label", `カード${bubbles.length}枚。横に動かせます`);
  }
  return row;
}

function card(bubble, act) {
  const shown = element("div", "card");
  shown.style.width = `${BUBBLE[bubble.size ?? "mega"]}px`;
  for (const name of ["header", "hero", "body", "footer"]) {
    if (bubble[name]) shown.append(block(bubble, name, act));
  }
  return tappable(shown, bubble.action, act);
}

function block(bubble, name, act) {
  const part = component(bubble[name], act, "vertical");
  const style = bubble.styles?.[name] ?? {};
  part.classList.add(name);
  if (name in PADDING && !("paddingAll" in bubble[name])) {
    part.style.padding ||= `${PADDING[name]}px`;
  }
  if (style.backgroundColor) part.style.backgroundColor = style.backgroundColor;
  if (style.separator) part.style.borderTop = `1px solid ${style.separatorColor ?? "#d4d6da"}`;
  return part;
}

function component(part, act, direction) {
  const shown = COMPONENTS[part.type](part, act, direction);
  placed(shown, part, direction);
  return part.type === "button" ? shown : tappable(shown, part.action, act);
}

const COMPONENTS = { box, text, button, image, icon: image, separator, filler };

function box(part, act) {
  const shown = element("div", "box");
  const style = shown.style;
  style.flexDirection = part.layout === "vertical" ? "column" : "row";
  if (part.layout === "baseline") style.alignItems = "baseline";
  if (part.justifyContent) style.justifyContent = part.justifyContent;
  if (part.alignItems) style.alignItems = part.alignItems;
  if (part.backgroundColor) style.backgroundColor = part.backgroundColor;
  if (part.cornerRadius) style.borderRadius = length(part.cornerRadius, CORNER);
  if (part.borderWidth) style.border = `${length(part.borderWidth, BORDER)} solid ${part.borderColor ?? "#000"}`;
  for (const side of ["width", "height", "maxWidth", "maxHeight"]) if (part[side]) style[side] = part[side];
  padding(style, part);
  part.contents.forEach((child, place) => {
    const inside = component(child, act, part.layout);
    if (place && part.spacing && !child.margin) margin(inside, part.spacing, part.layout);
    shown.append(inside);
  });
  return shown;
}

function padding(style, part) {
  if (part.paddingAll) style.padding = length(part.paddingAll, SPACE);
  const sides = { Top: "Top", Bottom: "Bottom", Start: "Left", End: "Right" };
  for (const [side, css] of Object.entries(sides)) {
    if (part[`padding${side}`]) style[`padding${css}`] = length(part[`padding${side}`], SPACE);
  }
}

function text(part) {
  const shown = element("div", part.wrap ? "flex-text wrap" : "flex-text");
  lettering(shown, part, "md");
  if (part.align) shown.style.textAlign = part.align;
  if (part.contents) shown.append(...part.contents.map((span) => lettering(element("span"), span)));
  else shown.textContent = part.text;
  return shown;
}

function lettering(shown, part, usual) {
  const size = part.size ?? usual;
  if (size) shown.style.fontSize = length(size, TEXT);
  if (part.weight === "bold") shown.style.fontWeight = "700";
  if (part.color) shown.style.color = part.color;
  if (part.style === "italic") shown.style.fontStyle = "italic";
  if (part.decoration) shown.style.textDecoration = part.decoration;
  if (part.type === "span") shown.textContent = part.text;
  return shown;
}

function button(part, act) {
  const shown = element("button", `flex-button ${part.style ?? "link"}`);
  shown.type = "button";
  shown.textContent = part.action.label;
  shown.style.minHeight = part.height === "sm" ? "44px" : "52px";
  if (part.color) shown.style[(part.style ?? "link") === "link" ? "color" : "backgroundColor"] = part.color;
  shown.addEventListener("click", () => act(part.action));
  return shown;
}

function image(part) {
  const shown = element("div", "image");
  const [width, height] = (part.aspectRatio ?? "1:1").split(":");
  shown.style.aspectRatio = `${width} / ${height}`;
  shown.style.width = part.size === "full" ? "100%" : length(part.size ?? "md", part.type === "icon" ? TEXT : IMAGE);
  shown.textContent = part.type === "icon" ? "" : "画像";
  return shown;
}

function separator(part, act, direction) {
  const shown = element("hr", "rule");
  shown.style[direction === "vertical" ? "borderTopWidth" : "borderLeftWidth"] = "1px";
  shown.style.margin = "0";
  if (part.color) shown.style.borderColor = part.color;
  return shown;
}

function filler() {
  return element("div");
}

function placed(shown, part, direction) {
  const stretches = direction !== "vertical" && !["separator", "icon", "image"].includes(part.type);
  const share = part.flex ?? (stretches || part.type === "filler" ? 1 : 0);
  shown.style.flex = share ? `${share} 1 ${direction === "vertical" ? "auto" : "0"}` : "none";
  if (direction === "vertical" && part.type !== "filler") shown.style.flexShrink = "0";
  if (part.gravity && direction !== "vertical") shown.style.alignSelf = ACROSS[part.gravity];
  if (part.type === "image") shown.style.alignSelf = ACROSS[part.align ?? "center"];
  if (part.margin) margin(shown, part.margin, direction);
}

function margin(shown, size, direction) {
  shown.style[direction === "vertical" ? "marginTop" : "marginLeft"] = length(size, SPACE);
}

function length(value, words) {
  return value in words ? `${words[value]}px` : value;
}

function tappable(shown, action, act) {
  if (!action) return shown;
  shown.classList.add("tappable");
  shown.tabIndex = 0;
  shown.setAttribute("role", "button");
  shown.addEventListener("click", () => act(action));
  shown.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && event.target === shown) act(action);
  });
  return shown;
}

export function element(name, className = "") {
  const made = document.createElement(name);
  made.className = className;
  return made;
}
