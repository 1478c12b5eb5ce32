// Define the element of pages with a show.
import { CarreauShow } from "./show_element";

customElements.define("carreau-show", CarreauShow);
