-- <query name>headcount_by_branch</query name>
-- <query title>Employees by branch</query title>
-- <query title ru>Сотрудники по филиалам</query title ru>
-- <query title uz>Filiallar boʻyicha xodimlar</query title uz>
-- <query description>How many people work in each branch now, the head office included.</query description>
-- <query description ru>Сколько человек сейчас работает в каждом филиале, включая головной офис.</query description ru>
-- <query description uz>Har bir filialda, bosh ofisda ham, hozir nechta xodim ishlaydi.</query description uz>
-- <question en>how many employees do we have</question en>
-- <question en>employees by branch</question en>
-- <question en>headcount of each branch</question en>
-- <question en>how many people work in the branches</question en>
-- <question en>staff numbers</question en>
-- <question en>how many people work here</question en>
-- <question ru>сколько у нас сотрудников</question ru>
-- <question ru>сотрудники по филиалам</question ru>
-- <question ru>численность каждого филиала</question ru>
-- <question ru>сколько людей работает в филиалах</question ru>
-- <question ru>количество персонала</question ru>
-- <question ru>сколько у нас человек работает</question ru>
-- <question uz>nechta xodimimiz bor</question uz>
-- <question uz>filiallar boʻyicha xodimlar</question uz>
-- <question uz>har bir filialdagi xodimlar soni</question uz>
-- <question uz>filiallarda necha kishi ishlaydi</question uz>
-- <question uz>xodimlar soni</question uz>
-- <question uz>bizda nechta odam ishlaydi</question uz>
-- <param name="branch" type="text" lookup="SELECT name, name_ru FROM branches" optional en="Branch" ru="Филиал" uz="Filial">Only this branch.</param>
-- <column name="branch" en="Branch" ru="Филиал" uz="Filial" />
-- <column name="headcount" unit="people" en="Employees" ru="Сотрудники" uz="Xodimlar" />
-- <chart type="bar" x="branch" y="headcount" horizontal />
-- <answer en>**{total:headcount}** people work here now[[, in {param:branch}]]; most in {first:branch}: {first:headcount}.</answer en>
-- <answer ru>Сейчас работает сотрудников[[, филиал {param:branch}]]: **{total:headcount}**; больше всего — {first:branch}: {first:headcount}.</answer ru>
-- <answer uz>Hozir xodimlar soni[[, {param:branch} filiali]]: **{total:headcount}**; eng koʻpi — {first:branch}: {first:headcount}.</answer uz>
SELECT branch, COUNT(*) AS headcount
FROM employees
WHERE is_active = 1 AND branch = COALESCE(:branch, branch)
GROUP BY branch
ORDER BY headcount DESC, branch;

-- <query name>payroll_by_branch</query name>
-- <query title>Payroll by branch</query title>
-- <query title ru>Фонд оплаты труда по филиалам</query title ru>
-- <query title uz>Filiallar boʻyicha ish haqi fondi</query title uz>
-- <query description>Monthly salaries of the present employees of each branch.</query description>
-- <query description ru>Месячные оклады нынешних сотрудников каждого филиала.</query description ru>
-- <query description uz>Har bir filialning hozirgi xodimlari oylik maoshlari.</query description uz>
-- <question en>payroll by branch</question en>
-- <question en>how much do we pay in salaries</question en>
-- <question en>salary cost of each branch</question en>
-- <question en>monthly wage bill</question en>
-- <question en>which branch has the largest payroll</question en>
-- <question en>how much do we spend on salaries</question en>
-- <question ru>фонд оплаты труда по филиалам</question ru>
-- <question ru>сколько мы платим зарплаты</question ru>
-- <question ru>расходы на зарплату по филиалам</question ru>
-- <question ru>ежемесячный фонд зарплаты</question ru>
-- <question ru>в каком филиале самый большой ФОТ</question ru>
-- <question ru>сколько тратим на зарплату</question ru>
-- <question uz>filiallar boʻyicha ish haqi fondi</question uz>
-- <question uz>qancha oylik toʻlaymiz</question uz>
-- <question uz>har bir filialning maosh xarajatlari</question uz>
-- <question uz>oylik ish haqi fondi</question uz>
-- <question uz>qaysi filialda ish haqi fondi eng katta</question uz>
-- <question uz>oylikka qancha ketadi</question uz>
-- <question uz>ish haqiga qancha sarflaymiz</question uz>
-- <column name="branch" en="Branch" ru="Филиал" uz="Filial" />
-- <column name="headcount" unit="people" en="Employees" ru="Сотрудники" uz="Xodimlar" />
-- <column name="payroll" currency="UZS" en="Payroll a month" ru="Фонд оплаты труда в месяц" uz="Oylik ish haqi fondi" />
-- <chart type="bar" x="branch" y="payroll" horizontal />
-- <answer en>Salaries come to **{total:payroll}** a month for {total:headcount} people; the largest payroll is in {first:branch}: {first:payroll}.</answer en>
-- <answer ru>Фонд оплаты труда: **{total:payroll}** в месяц, сотрудников: {total:headcount}; самый большой — {first:branch}: {first:payroll}.</answer ru>
-- <answer uz>Oylik ish haqi fondi: **{total:payroll}**, xodimlar soni: {total:headcount}; eng kattasi — {first:branch}: {first:payroll}.</answer uz>
SELECT branch, COUNT(*) AS headcount, SUM(salary) AS payroll
FROM employees
WHERE is_active = 1
GROUP BY branch
ORDER BY payroll DESC, branch;

-- <query name>salary_by_position</query name>
-- <query title>Average salary by position</query title>
-- <query title ru>Средняя зарплата по должностям</query title ru>
-- <query title uz>Lavozimlar boʻyicha oʻrtacha maosh</query title uz>
-- <query description>Present employees and their average monthly salary by position.</query description>
-- <query description ru>Нынешние сотрудники и их средняя месячная зарплата по должностям.</query description ru>
-- <query description uz>Lavozimlar boʻyicha hozirgi xodimlar va oʻrtacha oylik maosh.</query description uz>
-- <question en>average salary by position</question en>
-- <question en>what does a salesperson earn</question en>
-- <question en>average pay of each job</question en>
-- <question en>salaries by position</question en>
-- <question en>how much do cashiers earn on average</question en>
-- <question ru>средняя зарплата по должностям</question ru>
-- <question ru>сколько получает продавец</question ru>
-- <question ru>средний оклад по каждой должности</question ru>
-- <question ru>зарплаты по должностям</question ru>
-- <question ru>сколько в среднем зарабатывают кассиры</question ru>
-- <question ru>сколько получают кассиры</question ru>
-- <question uz>lavozimlar boʻyicha oʻrtacha maosh</question uz>
-- <question uz>sotuvchi qancha oylik oladi</question uz>
-- <question uz>har bir lavozimning oʻrtacha oyligi</question uz>
-- <question uz>lavozimlar kesimida maoshlar</question uz>
-- <question uz>kassirlar oʻrtacha qancha oladi</question uz>
-- <param name="branch" type="text" lookup="SELECT name, name_ru FROM branches" optional en="Branch" ru="Филиал" uz="Filial">Only this branch.</param>
-- <column name="position" en="Position" ru="Должность" uz="Lavozim" />
-- <column name="headcount" unit="people" en="Employees" ru="Сотрудники" uz="Xodimlar" />
-- <column name="salary" currency="UZS" en="Average salary" ru="Средняя зарплата" uz="Oʻrtacha maosh" />
-- <chart type="bar" x="position" y="salary" horizontal />
-- <answer en>The best paid position[[ in {param:branch}]] is {first:position} with **{first:salary}** a month on average; the lowest paid is {last:position} with {last:salary}.</answer en>
-- <answer ru>Самая высокая средняя зарплата[[, филиал {param:branch}]] — {first:position}: **{first:salary}** в месяц; самая низкая — {last:position}: {last:salary}.</answer ru>
-- <answer uz>Eng yuqori oʻrtacha maosh[[, {param:branch} filiali]] — {first:position}: oyiga **{first:salary}**; eng pasti — {last:position}: {last:salary}.</answer uz>
SELECT position, COUNT(*) AS headcount, ROUND(1.0 * SUM(salary) / COUNT(*), 0) AS salary
FROM employees
WHERE is_active = 1 AND branch = COALESCE(:branch, branch)
GROUP BY position
ORDER BY salary DESC, position;

-- <query name>top_sellers</query name>
-- <query title>Best salespeople</query title>
-- <query title ru>Лучшие продавцы</query title ru>
-- <query title uz>Eng yaxshi sotuvchilar</query title uz>
-- <query description>The salespeople with the largest net revenue in a period.</query description>
-- <query description ru>Продавцы с наибольшей выручкой за период.</query description ru>
-- <query description uz>Davr ichida tushumi eng katta sotuvchilar.</query description uz>
-- <question en>best salespeople</question en>
-- <question en>which seller sold the most</question en>
-- <question en>top sellers this month</question en>
-- <question en>performance of the sales staff</question en>
-- <question en>ranking of employees by sales</question en>
-- <question en>who is our best seller</question en>
-- <question en>who sold the most</question en>
-- <question ru>лучшие продавцы</question ru>
-- <question ru>какой продавец продал больше всех</question ru>
-- <question ru>топ продавцов за этот месяц</question ru>
-- <question ru>результаты продавцов</question ru>
-- <question ru>рейтинг сотрудников по продажам</question ru>
-- <question ru>кто наш лучший продавец</question ru>
-- <question ru>кто продал больше всех</question ru>
-- <question uz>eng yaxshi sotuvchilar</question uz>
-- <question uz>qaysi sotuvchi eng koʻp sotdi</question uz>
-- <question uz>bu oydagi top sotuvchilar</question uz>
-- <question uz>sotuvchilar natijalari</question uz>
-- <question uz>xodimlarning savdo boʻyicha reytingi</question uz>
-- <question uz>eng yaxshi sotuvchimiz kim</question uz>
-- <question uz>kim eng koʻp sotdi</question uz>
-- <param name="period" type="period" default="this_month" en="Period" ru="Период" uz="Davr">The days counted.</param>
-- <param name="top" type="integer" default="10" min="1" max="100" en="How many" ru="Сколько" uz="Nechta">How many rows to list.</param>
-- <param name="branch" type="text" lookup="SELECT name, name_ru FROM branches" optional en="Branch" ru="Филиал" uz="Filial">Only this branch.</param>
-- <param name="city" type="text" lookup="SELECT DISTINCT city, city_ru FROM branches" optional en="City" ru="Город" uz="Shahar">Only the branches of this city.</param>
-- <column name="seller" en="Salesperson" ru="Продавец" uz="Sotuvchi" />
-- <column name="branch" en="Branch" ru="Филиал" uz="Filial" />
-- <column name="orders" unit="orders" en="Orders" ru="Заказы" uz="Buyurtmalar" />
-- <column name="revenue" currency="UZS" en="Revenue" ru="Выручка" uz="Tushum" />
-- <chart type="bar" x="seller" y="revenue" horizontal />
-- <answer en>The best salesperson for {period}[[ in {param:branch}]][[ in {param:city}]] is {first:seller} ({first:branch}) with **{first:revenue}** in {first:orders} orders.</answer en>
-- <answer ru>Лучший продавец за {period}[[, филиал {param:branch}]][[, город {param:city}]] — {first:seller} ({first:branch}): **{first:revenue}**, заказов: {first:orders}.</answer ru>
-- <answer uz>{period} uchun eng yaxshi sotuvchi[[, {param:branch} filiali]][[, {param:city} shahri]] — {first:seller} ({first:branch}): **{first:revenue}**, buyurtmalar soni: {first:orders}.</answer uz>
SELECT seller, branch, COUNT(DISTINCT order_id) AS orders, SUM(amount) AS revenue
FROM sales
WHERE order_date >= :period_from AND order_date < :period_to AND branch = COALESCE(:branch, branch) AND city = COALESCE(:city, city)
GROUP BY employee_id, seller, branch
ORDER BY revenue DESC, seller
LIMIT :top;

-- <query name>hired_employees</query name>
-- <query title>Recently hired employees</query title>
-- <query title ru>Принятые сотрудники</query title ru>
-- <query title uz>Ishga qabul qilingan xodimlar</query title uz>
-- <query description>Employees hired in a period, the latest first.</query description>
-- <query description ru>Сотрудники, принятые за период, сначала последние.</query description ru>
-- <query description uz>Davr ichida ishga olingan xodimlar, oxirgilari birinchi.</query description uz>
-- <question en>who was hired this year</question en>
-- <question en>new employees</question en>
-- <question en>recently hired staff</question en>
-- <question en>how many people did we hire</question en>
-- <question en>newcomers in the team</question en>
-- <question en>who joined the team</question en>
-- <question ru>кого приняли на работу в этом году</question ru>
-- <question ru>новые сотрудники</question ru>
-- <question ru>недавно принятый персонал</question ru>
-- <question ru>сколько людей мы приняли</question ru>
-- <question ru>новички в команде</question ru>
-- <question uz>bu yil kim ishga olindi</question uz>
-- <question uz>yangi xodimlar</question uz>
-- <question uz>yaqinda ishga qabul qilinganlar</question uz>
-- <question uz>nechta odam ishga oldik</question uz>
-- <question uz>jamoadagi yangi xodimlar</question uz>
-- <question uz>ishga kimlarni oldik</question uz>
-- <param name="period" type="period" default="this_year" en="Period" ru="Период" uz="Davr">The days counted.</param>
-- <param name="branch" type="text" lookup="SELECT name, name_ru FROM branches" optional en="Branch" ru="Филиал" uz="Filial">Only this branch.</param>
-- <column name="employee" en="Employee" ru="Сотрудник" uz="Xodim" />
-- <column name="position" en="Position" ru="Должность" uz="Lavozim" />
-- <column name="branch" en="Branch" ru="Филиал" uz="Filial" />
-- <column name="hired_on" en="Hired" ru="Принят" uz="Ishga olingan" />
-- <answer en>**{rows}** people were hired for {period}[[ in {param:branch}]]; the last was {first:employee} ({first:position}, {first:branch}) on {first:hired_on}.</answer en>
-- <answer ru>Принято сотрудников за {period}[[, филиал {param:branch}]]: **{rows}**; последний — {first:employee} ({first:position}, {first:branch}), {first:hired_on}.</answer ru>
-- <answer uz>{period} uchun ishga olinganlar[[, {param:branch} filiali]]: **{rows}**; oxirgisi — {first:employee} ({first:position}, {first:branch}), {first:hired_on}.</answer uz>
SELECT name AS employee, position, branch, hired_on
FROM employees
WHERE hired_on >= :period_from AND hired_on < :period_to AND branch = COALESCE(:branch, branch)
ORDER BY hired_on DESC, name;

-- <query name>branch_list</query name>
-- <query title>List of branches</query title>
-- <query title ru>Список филиалов</query title ru>
-- <query title uz>Filiallar roʻyxati</query title uz>
-- <query description>All branches with their city and the day they opened.</query description>
-- <query description ru>Все филиалы с городом и датой открытия.</query description ru>
-- <query description uz>Barcha filiallar, shahri va ochilgan kuni.</query description uz>
-- <question en>list of branches</question en>
-- <question en>which branches do we have</question en>
-- <question en>how many branches are there</question en>
-- <question en>where are our stores</question en>
-- <question en>when did the branches open</question en>
-- <question en>what branches do we have</question en>
-- <question ru>список филиалов</question ru>
-- <question ru>какие у нас филиалы</question ru>
-- <question ru>сколько у нас филиалов</question ru>
-- <question ru>где находятся наши магазины</question ru>
-- <question ru>когда открылись филиалы</question ru>
-- <question uz>filiallar roʻyxati</question uz>
-- <question uz>qanday filiallarimiz bor</question uz>
-- <question uz>nechta filialimiz bor</question uz>
-- <question uz>doʻkonlarimiz qayerda joylashgan</question uz>
-- <question uz>filiallar qachon ochilgan</question uz>
-- <column name="branch" en="Branch" ru="Филиал" uz="Filial" />
-- <column name="city" en="City" ru="Город" uz="Shahar" />
-- <column name="opened_on" en="Opened" ru="Открыт" uz="Ochilgan" />
-- <answer en>There are **{rows}** branches; the newest is {last:branch}, opened on {last:opened_on}.</answer en>
-- <answer ru>Филиалов: **{rows}**; самый новый — {last:branch}, открыт {last:opened_on}.</answer ru>
-- <answer uz>Filiallar soni: **{rows}**; eng yangisi — {last:branch}, {last:opened_on} da ochilgan.</answer uz>
SELECT name AS branch, city, opened_on
FROM branches
ORDER BY opened_on, name;
