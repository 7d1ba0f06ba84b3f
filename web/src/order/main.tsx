import { start } from "../ui/start.tsx";
import { OrderPage } from "./order-page.tsx";
import "./order.css";

void start(OrderPage);
