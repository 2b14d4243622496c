-- <query name>revenue_compared</query name>
-- <query title>Revenue against the period before</query title>
-- <query title ru>Выручка по сравнению с прошлым периодом</query title ru>
-- <query title uz>Tushum oldingi davrga nisbatan</query title uz>
-- <query description>Net revenue of a period beside the period before it, with the change in percent.</query description>
-- <query description ru>Чистая выручка за период рядом с предыдущим периодом и изменение в процентах.</query description ru>
-- <query description uz>Davr tushumi oldingi davr bilan yonma-yon, oʻzgarish foizda.</query description uz>
-- <question en>revenue compared with the previous period</question en>
-- <question en>did sales grow compared to last month</question en>
-- <question en>how much did revenue change</question en>
-- <question en>sales growth this month</question en>
-- <question en>is the turnover up or down</question en>
-- <question en>this month versus the month before</question en>
-- <question en>did revenue grow</question en>
-- <question ru>выручка по сравнению с прошлым периодом</question ru>
-- <question ru>выросли ли продажи по сравнению с прошлым месяцем</question ru>
-- <question ru>на сколько изменилась выручка</question ru>
-- <question ru>рост продаж за этот месяц</question ru>
-- <question ru>оборот растёт или падает</question ru>
-- <question ru>этот месяц против предыдущего</question ru>
-- <question ru>выросла ли выручка</question ru>
-- <question uz>oldingi davrga nisbatan tushum</question uz>
-- <question uz>savdo oʻtgan oyga nisbatan oʻsdimi</question uz>
-- <question uz>tushum qanchaga oʻzgardi</question uz>
-- <question uz>bu oy savdo oʻsishi</question uz>
-- <question uz>aylanma oshyaptimi yoki tushyaptimi</question uz>
-- <question uz>bu oy oldingi oyga qarshi</question uz>
-- <question uz>tushum oʻsdimi</question uz>
-- <param name="period" type="period" default="this_month" en="Period" ru="Период" uz="Davr">The days counted.</param>
-- <param name="branch" type="text" lookup="SELECT name, name_ru FROM branches" optional en="Branch" ru="Филиал" uz="Filial">Only this branch.</param>
-- <param name="city" type="text" lookup="SELECT DISTINCT city, city_ru FROM branches" optional en="City" ru="Город" uz="Shahar">Only the branches of this city.</param>
-- <column name="revenue" currency="UZS" en="Revenue" ru="Выручка" uz="Tushum" />
-- <column name="previous" currency="UZS" en="Period before" ru="Период до этого" uz="Oldingi davr" />
-- <column name="change" unit="percent" en="Change" ru="Изменение" uz="Oʻzgarish" />
-- <answer en>Revenue for {period}[[ in {param:branch}]][[ in {param:city}]] was **{first:revenue}** against {first:previous} for {period_prev}[[, a change of {first:change}]].</answer en>
-- <answer ru>Выручка за {period}[[, филиал {param:branch}]][[, город {param:city}]]: **{first:revenue}**, за {period_prev}: {first:previous}[[, изменение {first:change}]].</answer ru>
-- <answer uz>{period} uchun tushum[[, {param:branch} filiali]][[, {param:city} shahri]]: **{first:revenue}**, {period_prev} uchun: {first:previous}[[, oʻzgarish {first:change}]].</answer uz>
SELECT SUM(x.current_amount) AS revenue, SUM(x.previous_amount) AS previous,
  ROUND(100.0 * (SUM(x.current_amount) - SUM(x.previous_amount)) / NULLIF(SUM(x.previous_amount), 0), 1) AS change
FROM (
  SELECT
    CASE WHEN order_date >= :period_from AND order_date < :period_to THEN amount ELSE 0 END AS current_amount,
    CASE WHEN order_date >= :period_prev_from AND order_date < :period_prev_to THEN amount ELSE 0 END AS previous_amount
  FROM sales
  WHERE order_date >= :period_prev_from AND order_date < :period_to AND branch = COALESCE(:branch, branch) AND city = COALESCE(:city, city)
) AS x
HAVING COUNT(*) > 0;

-- <query name>branches_compared</query name>
-- <query title>Growth of the branches</query title>
-- <query title ru>Рост филиалов</query title ru>
-- <query title uz>Filiallar oʻsishi</query title uz>
-- <query description>Net revenue of each branch beside the period before it; the largest decline first.</query description>
-- <query description ru>Чистая выручка каждого филиала рядом с предыдущим периодом; сначала наибольшее падение.</query description ru>
-- <query description uz>Har bir filial tushumi oldingi davr bilan; eng katta pasayish birinchi.</query description uz>
-- <question en>which branches are growing and which are falling</question en>
-- <question en>change of revenue by branch against last month</question en>
-- <question en>growth of each branch</question en>
-- <question en>where did sales drop</question en>
-- <question en>branches compared with the previous period</question en>
-- <question ru>какие филиалы растут, а какие падают</question ru>
-- <question ru>изменение выручки по филиалам к прошлому месяцу</question ru>
-- <question ru>рост каждого филиала</question ru>
-- <question ru>где упали продажи</question ru>
-- <question ru>филиалы в сравнении с прошлым периодом</question ru>
-- <question uz>qaysi filiallar oʻsmoqda, qaysilari tushmoqda</question uz>
-- <question uz>filiallar tushumining oʻtgan oyga nisbatan oʻzgarishi</question uz>
-- <question uz>har bir filialning oʻsishi</question uz>
-- <question uz>qayerda savdo tushib ketdi</question uz>
-- <question uz>filiallar oldingi davr bilan solishtirilsin</question uz>
-- <param name="period" type="period" default="this_month" en="Period" ru="Период" uz="Davr">The days counted.</param>
-- <column name="branch" en="Branch" ru="Филиал" uz="Filial" />
-- <column name="revenue" currency="UZS" en="Revenue" ru="Выручка" uz="Tushum" />
-- <column name="previous" currency="UZS" en="Period before" ru="Период до этого" uz="Oldingi davr" />
-- <column name="change" unit="percent" en="Change" ru="Изменение" uz="Oʻzgarish" />
-- <chart type="bar" x="branch" y="revenue previous" horizontal />
-- <answer en>For {period} the branches made **{total:revenue}** against {total:previous} for {period_prev}. The weakest change: {first:branch} from {first:previous} to {first:revenue}[[ ({first:change})]]; the best: {last:branch} from {last:previous} to {last:revenue}[[ ({last:change})]].</answer en>
-- <answer ru>За {period} филиалы принесли **{total:revenue}**, за {period_prev} — {total:previous}. Хуже всех: {first:branch}, с {first:previous} до {first:revenue}[[ ({first:change})]]; лучше всех: {last:branch}, с {last:previous} до {last:revenue}[[ ({last:change})]].</answer ru>
-- <answer uz>{period} uchun filiallar tushumi **{total:revenue}**, {period_prev} uchun {total:previous}. Eng zaif: {first:branch}, {first:previous} dan {first:revenue} ga[[ ({first:change})]]; eng yaxshi: {last:branch}, {last:previous} dan {last:revenue} ga[[ ({last:change})]].</answer uz>
SELECT x.branch, SUM(x.current_amount) AS revenue, SUM(x.previous_amount) AS previous,
  ROUND(100.0 * (SUM(x.current_amount) - SUM(x.previous_amount)) / NULLIF(SUM(x.previous_amount), 0), 1) AS change
FROM (
  SELECT
    branch, CASE WHEN order_date >= :period_from AND order_date < :period_to THEN amount ELSE 0 END AS current_amount,
    CASE WHEN order_date >= :period_prev_from AND order_date < :period_prev_to THEN amount ELSE 0 END AS previous_amount
  FROM sales
  WHERE order_date >= :period_prev_from AND order_date < :period_to
) AS x
GROUP BY x.branch
ORDER BY change NULLS LAST, x.branch;

-- <query name>categories_compared</query name>
-- <query title>Growth of the categories</query title>
-- <query title ru>Рост категорий</query title ru>
-- <query title uz>Kategoriyalar oʻsishi</query title uz>
-- <query description>Net revenue of each product category beside the period before it; the largest decline first.</query description>
-- <query description ru>Чистая выручка каждой категории рядом с предыдущим периодом; сначала наибольшее падение.</query description ru>
-- <query description uz>Har bir kategoriya tushumi oldingi davr bilan; eng katta pasayish birinchi.</query description uz>
-- <question en>which categories are growing</question en>
-- <question en>change of revenue by category against the month before</question en>
-- <question en>categories that lost sales</question en>
-- <question en>growth of product groups</question en>
-- <question en>which product groups fell most</question en>
-- <question ru>какие категории растут</question ru>
-- <question ru>изменение выручки по категориям к прошлому месяцу</question ru>
-- <question ru>категории, у которых упали продажи</question ru>
-- <question ru>рост товарных групп</question ru>
-- <question ru>какие группы товаров просели</question ru>
-- <question uz>qaysi kategoriyalar oʻsmoqda</question uz>
-- <question uz>kategoriyalar tushumining oldingi oyga nisbatan oʻzgarishi</question uz>
-- <question uz>savdosi tushgan kategoriyalar</question uz>
-- <question uz>mahsulot guruhlarining oʻsishi</question uz>
-- <question uz>qaysi tovar guruhlari pasaydi</question uz>
-- <param name="period" type="period" default="this_month" en="Period" ru="Период" uz="Davr">The days counted.</param>
-- <column name="category" en="Category" ru="Категория" uz="Kategoriya" />
-- <column name="revenue" currency="UZS" en="Revenue" ru="Выручка" uz="Tushum" />
-- <column name="previous" currency="UZS" en="Period before" ru="Период до этого" uz="Oldingi davr" />
-- <column name="change" unit="percent" en="Change" ru="Изменение" uz="Oʻzgarish" />
-- <chart type="bar" x="category" y="revenue previous" horizontal />
-- <answer en>For {period} the categories made **{total:revenue}** against {total:previous} for {period_prev}. The weakest change: {first:category}, from {first:previous} to {first:revenue}[[ ({first:change})]].</answer en>
-- <answer ru>За {period} категории принесли **{total:revenue}**, за {period_prev} — {total:previous}. Слабее всех: {first:category}, с {first:previous} до {first:revenue}[[ ({first:change})]].</answer ru>
-- <answer uz>{period} uchun kategoriyalar tushumi **{total:revenue}**, {period_prev} uchun {total:previous}. Eng zaif: {first:category}, {first:previous} dan {first:revenue} ga[[ ({first:change})]].</answer uz>
SELECT x.category, SUM(x.current_amount) AS revenue, SUM(x.previous_amount) AS previous,
  ROUND(100.0 * (SUM(x.current_amount) - SUM(x.previous_amount)) / NULLIF(SUM(x.previous_amount), 0), 1) AS change
FROM (
  SELECT
    category, CASE WHEN order_date >= :period_from AND order_date < :period_to THEN amount ELSE 0 END AS current_amount,
    CASE WHEN order_date >= :period_prev_from AND order_date < :period_prev_to THEN amount ELSE 0 END AS previous_amount
  FROM sales
  WHERE order_date >= :period_prev_from AND order_date < :period_to
) AS x
GROUP BY x.category
ORDER BY change NULLS LAST, x.category;
